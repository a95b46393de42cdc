"""How the predicted numbers are distributed: the first thing that moves when a model breaks."""

import numpy as np

from streamgauge.metrics.column import Columns, Floats, Ints
from streamgauge.metrics.distribution import Distribution
from streamgauge.metrics.histogram import LogBuckets

QUANTILES = (0.05, 0.5, 0.95)
# Predictions have no unit that we know, so the grid spans fifteen powers of ten on both sides.
_SIDE = LogBuckets(low=1e-6, high=1e9, growth=1.05)
# The value that each cell stands for, ascending.
VALUES: Floats = np.concatenate([-_SIDE.middle[:0:-1], _SIDE.middle])
# The sum is in thousandths.
SCALE = 1e3
_ZERO = _SIDE.width - 1
_LIMIT = 1e9


class PredictionValue(Distribution[Columns]):
    """`prediction_value{quantile=...}` within 2.5 %, and the mean to a thousandth.

    Values beyond ±1e9 count as ±1e9, so that no sum overflows.
    """

    quantiles = QUANTILES
    scale = SCALE

    def __init__(self) -> None:
        super().__init__("prediction_value", "value", VALUES)

    def bound(self, values: Floats) -> Floats:
        return bounded(values)

    def cell(self, values: Floats) -> Ints:
        return cell_of(values)


def bounded(values: Floats) -> Floats:
    """The values that are counted, so that no sum overflows."""
    return np.clip(values, -_LIMIT, _LIMIT)


def cell_of(values: Floats) -> Ints:
    """The cell of each value.

    >>> VALUES[cell_of(np.array([-7.0, 0.0, 420.0]))].round(1).tolist()
    [-7.2, 0.0, 410.5]
    """
    side = _SIDE.cell(np.abs(values))
    return np.asarray(np.where(values < 0, _ZERO - side, _ZERO + side))
