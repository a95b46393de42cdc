"""A column of numbers as a sum and a histogram: mean exact to a unit, quantiles to a cell."""

from abc import abstractmethod

import numpy as np

from streamgauge.metrics.base import Metric
from streamgauge.metrics.column import Columns, Floats, Ints
from streamgauge.metrics.histogram import add_up, bincount, quantile


class Distribution(Metric):
    """`<name>{quantile=...}` and `<name>_mean` of the finite values of a column.

    The first cell is the sum in units of 1 / `scale`, the others are the histogram, whose cells
    stand for the ascending values `middle`.
    """

    quantiles: tuple[float, ...]
    scale: float

    def __init__(self, name: str, column: str, middle: Floats) -> None:
        self.width = len(middle) + 1
        self._name = name
        self._column = column
        self._middle = middle

    @abstractmethod
    def cell(self, values: Floats) -> Ints:
        """The cell of each value."""

    def bound(self, values: Floats) -> Floats:
        """The values that are counted; a metric may cut them, so that no sum overflows."""
        return values

    def count(self, batch: Columns, group: Ints, groups: int) -> Ints:
        values: Floats = getattr(batch, self._column)
        known = np.isfinite(values)
        cells = np.zeros((groups, self.width), np.int64)
        if not known.any():
            return cells
        if not known.all():
            values, group = values[known], group[known]
        values = self.bound(values)
        cells[:, 0] = add_up(group, np.rint(values * self.scale), groups)
        cells[:, 1:] = bincount(group, self.cell(values), groups, len(self._middle))
        return cells

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        counts = cells[1:]
        total = int(counts.sum())
        if total == 0:
            return {}
        values = {
            f'{self._name}{{quantile="{share}"}}': quantile(counts, self._middle, share)
            for share in self.quantiles
        }
        values[f"{self._name}_mean"] = int(cells[0]) / (self.scale * total)
        return values

    def samples(self, cells: Ints) -> dict[str, int]:
        total = int(cells[1:].sum())
        return {self._name: total, f"{self._name}_mean": total} if total else {}
