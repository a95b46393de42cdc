"""What a metric is: integer cells, counted in batches, merged by addition, read as values."""

from abc import ABC, abstractmethod

from streamgauge.metrics.column import Columns, Ints


class Metric(ABC):
    """A fixed number of integer cells for each series and window.

    Merging is addition, so partitions, minutes and hours add up to the same answer in any order.
    """

    width: int

    @abstractmethod
    def count(self, batch: Columns, group: Ints, groups: int) -> Ints:
        """Cells of shape (groups, width) for the events of a batch; `group` names each one's."""

    @abstractmethod
    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        """What the cells say, keyed as Prometheus prints samples, for a window that long."""

    @abstractmethod
    def samples(self, cells: Ints) -> dict[str, int]:
        """How many observations stand behind each name."""
