"""How long predictions take: mean, P50, P95 and P99, within 1 % of the true value."""

import numpy as np

from streamgauge.metrics.base import Metric
from streamgauge.metrics.column import Columns, Floats, Ints
from streamgauge.metrics.histogram import LogBuckets, add_up, bincount

QUANTILES = (0.5, 0.95, 0.99)
# From a microsecond to the hour that contracts.prediction allows.
BUCKETS = LogBuckets(low=1e-6, high=3_600.0, growth=1.02)
_MICRO = 1e6


class Latency(Metric):
    """`<name>{quantile=...}` and `<name>_mean` in seconds, of one latency column."""

    # The first cell is the sum in microseconds, the others the histogram.
    width = BUCKETS.width + 1

    def __init__(self, name: str, column: str) -> None:
        self._name = name
        self._column = column

    def count(self, batch: Columns, group: Ints, groups: int) -> Ints:
        seconds: Floats = getattr(batch, self._column)
        known = np.isfinite(seconds)
        if not known.all():
            if not known.any():
                return np.zeros((groups, self.width), np.int64)
            seconds, group = seconds[known], group[known]
        cells = np.empty((groups, self.width), np.int64)
        cells[:, 0] = add_up(group, np.rint(seconds * _MICRO), groups)
        cells[:, 1:] = bincount(group, BUCKETS.cell(seconds), groups, BUCKETS.width)
        return cells

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        counts = cells[1:]
        total = int(counts.sum())
        if total == 0:
            return {}
        values = {
            f'{self._name}{{quantile="{share}"}}': BUCKETS.quantile(counts, share)
            for share in QUANTILES
        }
        values[f"{self._name}_mean"] = int(cells[0]) / _MICRO / total
        return values

    def samples(self, cells: Ints) -> dict[str, int]:
        total = int(cells[1:].sum())
        return {self._name: total, f"{self._name}_mean": total} if total else {}
