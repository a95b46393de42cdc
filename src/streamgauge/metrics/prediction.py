"""How the predicted numbers are distributed: the first thing that moves when a model breaks."""

import numpy as np

from streamgauge.metrics.base import Metric
from streamgauge.metrics.column import Columns, Ints
from streamgauge.metrics.histogram import LogBuckets, add_up, bincount, quantile

QUANTILES = (0.05, 0.5, 0.95)
# Predictions have no unit that we know, so the grid spans fifteen powers of ten on both sides.
_SIDE = LogBuckets(low=1e-6, high=1e9, growth=1.05)
_MIDDLE = np.concatenate([-_SIDE.middle[:0:-1], _SIDE.middle])
_ZERO = _SIDE.width - 1
_MILLI = 1e3
_LIMIT = 1e9


class PredictionValue(Metric):
    """`prediction_value{quantile=...}` within 2.5 %, and the mean to a thousandth.

    Values beyond ±1e9 count as ±1e9, so that no sum overflows.
    """

    width = len(_MIDDLE) + 1

    def count(self, batch: Columns, group: Ints, groups: int) -> Ints:
        known = np.isfinite(batch.value)
        values, group = np.clip(batch.value[known], -_LIMIT, _LIMIT), group[known]
        side = _SIDE.cell(np.abs(values))
        cells = np.empty((groups, self.width), np.int64)
        cells[:, 0] = add_up(group, np.rint(values * _MILLI), groups)
        place = np.where(values < 0, _ZERO - side, _ZERO + side)
        cells[:, 1:] = bincount(group, place, groups, len(_MIDDLE))
        return cells

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        counts = cells[1:]
        total = int(counts.sum())
        if total == 0:
            return {}
        values = {
            f'prediction_value{{quantile="{share}"}}': quantile(counts, _MIDDLE, share)
            for share in QUANTILES
        }
        values["prediction_value_mean"] = int(cells[0]) / _MILLI / total
        return values

    def samples(self, cells: Ints) -> dict[str, int]:
        total = int(cells[1:].sum())
        names = ("prediction_value", "prediction_value_mean")
        return dict.fromkeys(names, total) if total else {}
