"""How sure the model says it is."""

import numpy as np

from streamgauge.metrics.base import Metric
from streamgauge.metrics.column import Columns, Ints
from streamgauge.metrics.histogram import add_up, bincount, quantile

QUANTILES = (0.05, 0.5, 0.95)
_CELLS = 1_000
_MICRO = 1e6
# Cell i holds confidences around i / 1000, so that 0, .55 and 1 are exact.
_MIDDLE = np.arange(_CELLS + 1) / _CELLS


class Confidence(Metric):
    """`prediction_confidence{quantile=...}` to three places, and its mean."""

    width = _CELLS + 2

    def count(self, batch: Columns, group: Ints, groups: int) -> Ints:
        known = np.isfinite(batch.confidence)
        shares, group = batch.confidence[known], group[known]
        cells = np.empty((groups, self.width), np.int64)
        cells[:, 0] = add_up(group, np.rint(shares * _MICRO), groups)
        cells[:, 1:] = bincount(group, np.rint(shares * _CELLS).astype(int), groups, _CELLS + 1)
        return cells

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        counts = cells[1:]
        total = int(counts.sum())
        if total == 0:
            return {}
        values = {
            f'prediction_confidence{{quantile="{share}"}}': quantile(counts, _MIDDLE, share)
            for share in QUANTILES
        }
        values["prediction_confidence_mean"] = int(cells[0]) / _MICRO / total
        return values

    def samples(self, cells: Ints) -> dict[str, int]:
        total = int(cells[1:].sum())
        names = ("prediction_confidence", "prediction_confidence_mean")
        return dict.fromkeys(names, total) if total else {}
