"""How long the truth takes to come."""

from collections.abc import Iterable

import numpy as np

from streamgauge.metrics.base import Marks, Metric
from streamgauge.metrics.column import Ints
from streamgauge.metrics.histogram import LogBuckets
from streamgauge.metrics.label_column import LabelColumns

QUANTILES = (0.5, 0.95, 0.99)
# From a millisecond to longer than any label horizon.
_BUCKETS = LogBuckets(low=1e-3, high=1e7, growth=1.05)
_MOST_S = 1e7
_MS = 1_000


class LabelLag(Metric[LabelColumns]):
    """`label_lag_seconds{quantile=...}` from prediction to truth, within 2.5 %, and the mean.

    A truth that is dated before its prediction counts as one that came at once.
    """

    name = "label_lag_seconds"
    width = 1 + _BUCKETS.width

    def marks(self, batch: LabelColumns) -> Iterable[Marks]:
        place = np.flatnonzero(batch.weight)
        if not len(place):
            return ()
        lag = np.clip(batch.lag[place], 0.0, _MOST_S)
        whole = np.rint(lag * _MS).astype(np.int64)
        return (
            batch.marks(np.zeros(len(place), np.int64), place, whole),
            batch.marks(1 + _BUCKETS.cell(lag), place),
        )

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        counts = cells[1:]
        count = int(counts.sum())
        if count <= 0 or (counts < 0).any():
            return {}
        values = {
            f'{self.name}{{quantile="{share}"}}': _BUCKETS.quantile(counts, share)
            for share in QUANTILES
        }
        values[f"{self.name}_mean"] = int(cells[0]) / (count * _MS)
        return values

    def samples(self, cells: Ints) -> dict[str, int]:
        count = int(cells[1:].sum())
        return (
            dict.fromkeys((self.name, f"{self.name}_mean"), count)
            if self.values(cells, 1.0)
            else {}
        )
