"""A column of numbers as a sum and a histogram: mean exact to a unit, quantiles to a cell."""

from abc import abstractmethod
from collections.abc import Iterable

import numpy as np

from streamgauge.metrics.base import B_contra, Marks, Metric
from streamgauge.metrics.column import Floats, Ints
from streamgauge.metrics.histogram import quantile


class Distribution(Metric[B_contra]):
    """`<name>{quantile=...}` and `<name>_mean` of the finite values of a column.

    The first cell is the sum in units of 1 / `scale`, the others are the histogram, whose cells
    stand for the ascending values `middle`.
    """

    quantiles: tuple[float, ...]
    scale: float

    def __init__(self, name: str, column: str, middle: Floats) -> None:
        self.width = len(middle) + 1
        self.name = name
        self._column = column
        self.middle = middle

    @abstractmethod
    def cell(self, values: Floats) -> Ints:
        """The cell of each value."""

    def bound(self, values: Floats) -> Floats:
        """The values that are counted; a metric may cut them, so that no sum overflows."""
        return values

    def marks(self, batch: B_contra) -> Iterable[Marks]:
        values: Floats | None = getattr(batch, self._column)
        if values is None:
            return ()
        known = np.isfinite(values)
        place = None
        if not known.all():
            place = np.flatnonzero(known)
            if not len(place):
                return ()
            values = values[place]
        values = self.bound(values)
        whole = np.rint(values * self.scale).astype(np.int64)
        return (
            Marks(np.zeros(len(values), np.int64), place, whole),
            Marks(self.cell(values) + 1, place),
        )

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        counts = cells[1:]
        total = int(counts.sum())
        if total == 0:
            return {}
        values = {
            f'{self.name}{{quantile="{share}"}}': quantile(counts, self.middle, share)
            for share in self.quantiles
        }
        values[f"{self.name}_mean"] = int(cells[0]) / (self.scale * total)
        return values

    def samples(self, cells: Ints) -> dict[str, int]:
        total = int(cells[1:].sum())
        return {self.name: total, f"{self.name}_mean": total} if total else {}
