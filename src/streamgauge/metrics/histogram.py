"""Log-bucket histograms: quantiles with a bounded relative error, merged by addition.

The idea is DDSketch's (Masson, Rim, Lee: "DDSketch", VLDB 2019): bucket i holds (g^(i-1), g^i], and
its answer 2 g^i / (g + 1) is off by at most (g - 1) / (g + 1).
"""

import numpy as np

from streamgauge.metrics.column import Floats, Ints

# A slice is all doubles that share sign, exponent and this many bits of the fraction.
_BITS = 7
_SHIFT = 52 - _BITS


class LogBuckets:
    """Cells from `low` to `high` with growth `growth`, below and above one cell each.

    >>> buckets = LogBuckets(low=1e-6, high=3600.0, growth=1.02)
    >>> cells = np.bincount(buckets.cell(np.array([0.1, 0.2, 0.3])), minlength=buckets.width)
    >>> round(buckets.quantile(cells, 0.5), 3)
    0.2
    """

    def __init__(self, *, low: float, high: float, growth: float) -> None:
        if growth < 1 + 2.0**-_BITS:
            raise ValueError(f"growth {growth}; expected at least {1 + 2.0**-_BITS}")
        self.low = low
        steps = int(np.ceil((np.log(high) - np.log(low)) / np.log(growth)))
        self.width = steps + 2
        powers: Floats = low * np.power(growth, np.arange(self.width, dtype=np.float64))
        middle = powers * 2 / (growth + 1)
        middle[0] = 0.0
        self.middle: Floats = middle
        # The largest value of each cell; that of the last one is beyond all numbers.
        self._bound: Floats = powers
        self._bound[-1] = np.inf
        # Cut all numbers into slices that are too narrow for two bounds: a slice tells the cell but
        # for one, and takes no logarithm, which also differs from machine to machine.
        self._first = int(_slice(powers[:1])[0])
        slices = np.arange(self._first, int(_slice(powers[-2:-1])[0]) + 2, dtype=np.int64)
        self._cell: Ints = np.searchsorted(powers, (slices << _SHIFT).view(np.float64))

    def cell(self, values: Floats) -> Ints:
        """The cell of each finite value; all at or below `low`, zero and less, share cell 0."""
        cell: Ints = self._cell.take(_slice(values) - self._first, mode="clip")
        cell += values > self._bound.take(cell)
        return cell

    def quantile(self, cells: Ints, share: float) -> float:
        """The value that `share` of the observations do not exceed; NaN without observations."""
        return quantile(cells, self.middle, share)


def quantile(cells: Ints, middle: Floats, share: float) -> float:
    """The nearest-rank quantile over cells in ascending order of their middles."""
    total = int(cells.sum())
    if total == 0:
        return float("nan")
    rank = max(int(np.ceil(share * total)), 1)
    return float(middle[int(np.searchsorted(np.cumsum(cells), rank))])


def _slice(values: Floats) -> Ints:
    return values.view(np.int64) >> _SHIFT
