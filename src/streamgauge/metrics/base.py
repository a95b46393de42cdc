"""What a metric is: integer cells that events add to, merged by addition, read as values."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from streamgauge.metrics import category
from streamgauge.metrics.column import Ints

B = TypeVar("B")
B_contra = TypeVar("B_contra", contravariant=True)


class Marks(NamedTuple):
    """What the events of a batch add: event `place[i]` adds `amount[i]` to cell `cell[i]`.

    No `place` means every event of the batch in order, no `amount` means one.
    """

    cell: Ints
    place: Ints | None = None
    amount: Ints | None = None


class Metric(ABC, Generic[B_contra]):
    """A fixed number of integer cells for each series and window.

    Merging is addition, so partitions, minutes and hours add up to the same answer in any order.
    `name` is how the state log calls the cells: it stays when the code moves. A metric that is
    `brief` is kept for each value of a dimension too, not only for a model's version.
    """

    name: str
    width: int
    brief: bool = False

    @abstractmethod
    def marks(self, batch: B_contra) -> Iterable[Marks]:
        """What a batch adds to which cells."""

    @abstractmethod
    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        """What the cells say, keyed as Prometheus prints samples, for a window that long."""

    @abstractmethod
    def samples(self, cells: Ints) -> dict[str, int]:
        """How many observations stand behind each name."""

    def count(self, batch: B_contra, group: Ints, groups: int) -> Ints:
        """Cells of shape (groups, width) for the events of a batch; `group` names each one's."""
        cells = np.zeros(groups * self.width, np.int64)
        for marks in self.marks(batch):
            of = group if marks.place is None else group[marks.place]
            np.add.at(
                cells, of * self.width + marks.cell, 1 if marks.amount is None else marks.amount
            )
        return cells.reshape(groups, self.width)


class Named(ABC, Generic[B_contra]):
    """Shares of named things, for example classes: the names are not known beforehand.

    `name` is the measure, `label` the label that carries the name of the thing. A batch in which no
    event carries a name may answer with an empty column. What is `brief` is kept for each value of
    a dimension too.
    """

    name: str
    label: str
    # So many names are kept of a window; the rest count together.
    limit: int = category.LIMIT
    brief: bool = False

    @abstractmethod
    def column(self, batch: B_contra) -> Sequence[str | None]:
        """The name that each event carries, None where it carries none."""

    def values(self, counts: Mapping[str, int], total: int) -> dict[str, float]:
        """The share of each name in `total` events."""
        return category.shares(self.name, self.label, counts, total)

    def samples(self, counts: Mapping[str, int], total: int) -> dict[str, int]:
        """How many observations stand behind each name of `values`."""
        return {self.name: total}
