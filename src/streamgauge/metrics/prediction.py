"""How the predicted numbers are distributed: the first thing that moves when a model breaks."""

import numpy as np

from streamgauge.metrics.column import Columns, Floats, Ints
from streamgauge.metrics.distribution import Distribution
from streamgauge.metrics.histogram import LogBuckets

QUANTILES = (0.05, 0.5, 0.95)
# Predictions have no unit that we know, so the grid spans fifteen powers of ten on both sides.
_SIDE = LogBuckets(low=1e-6, high=1e9, growth=1.05)
_MIDDLE = np.concatenate([-_SIDE.middle[:0:-1], _SIDE.middle])
_ZERO = _SIDE.width - 1
_LIMIT = 1e9


class PredictionValue(Distribution[Columns]):
    """`prediction_value{quantile=...}` within 2.5 %, and the mean to a thousandth.

    Values beyond ±1e9 count as ±1e9, so that no sum overflows.
    """

    quantiles = QUANTILES
    scale = 1e3

    def __init__(self) -> None:
        super().__init__("prediction_value", "value", _MIDDLE)

    def bound(self, values: Floats) -> Floats:
        return np.clip(values, -_LIMIT, _LIMIT)

    def cell(self, values: Floats) -> Ints:
        side = _SIDE.cell(np.abs(values))
        return np.where(values < 0, _ZERO - side, _ZERO + side)
