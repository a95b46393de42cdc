"""Log-bucket histograms: quantiles with a bounded relative error, merged by addition.

The idea is DDSketch's (Masson, Rim, Lee: "DDSketch", VLDB 2019): bucket i holds (g^(i-1), g^i], and
its answer 2 g^i / (g + 1) is off by at most (g - 1) / (g + 1).
"""

import numpy as np

from streamgauge.metrics.column import Floats, Ints


class LogBuckets:
    """Cells from `low` to `high` with growth `growth`, below and above one cell each.

    >>> buckets = LogBuckets(low=1e-6, high=3600.0, growth=1.02)
    >>> cells = np.bincount(buckets.cell(np.array([0.1, 0.2, 0.3])), minlength=buckets.width)
    >>> round(buckets.quantile(cells, 0.5), 3)
    0.2
    """

    def __init__(self, *, low: float, high: float, growth: float) -> None:
        self.low = low
        self._log_low = float(np.log(low))
        self._log_growth = float(np.log(growth))
        self._last = int(np.ceil((np.log(high) - self._log_low) / self._log_growth)) + 1
        self.width = self._last + 1
        middle: Floats = (
            low * np.power(growth, np.arange(self.width, dtype=np.float64)) * 2 / (growth + 1)
        )
        middle[0] = 0.0
        self.middle: Floats = middle

    def cell(self, values: Floats) -> Ints:
        """The cell of each finite value; all at or below `low`, zero and less, share cell 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = np.ceil((np.log(values) - self._log_low) / self._log_growth)
        steps = np.where(values > self.low, steps, 0.0)
        return np.clip(steps, 0, self._last).astype(np.int64)

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
