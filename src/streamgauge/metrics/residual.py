"""How the errors of a regression are distributed: whether they lean, and how long their tail is."""

from collections.abc import Iterable

import numpy as np

from streamgauge.metrics.base import Marks, Metric
from streamgauge.metrics.column import Floats, Ints
from streamgauge.metrics.exact_sum import SCALE
from streamgauge.metrics.histogram import LogBuckets, quantile
from streamgauge.metrics.label_column import LabelColumns
from streamgauge.metrics.regression import error, known

QUANTILES = (0.05, 0.5, 0.95)
_SIDE = LogBuckets(low=1e-6, high=1e9, growth=1.05)
_MIDDLE = np.concatenate([-_SIDE.middle[:0:-1], _SIDE.middle])
_ZERO = _SIDE.width - 1


class Residual(Metric[LabelColumns]):
    """`model_residual{quantile=...}` of prediction less truth, within 2.5 % of the true value.

    `model_absolute_error{quantile=...}` is that of its size.
    """

    name = "residual"
    width = len(_MIDDLE)

    def marks(self, batch: LabelColumns) -> Iterable[Marks]:
        place = known(batch)
        if not len(place):
            return ()
        errors = error(batch, place)
        side = _SIDE.cell(np.abs(errors) / SCALE)
        return (batch.marks(np.where(errors < 0, _ZERO - side, _ZERO + side), place),)

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        # A part of a cohort may take back more than it added: only the whole has quantiles.
        if int(cells.sum()) <= 0 or (cells < 0).any():
            return {}
        size = sizes(cells)
        values = {
            f'model_residual{{quantile="{share}"}}': quantile(cells, _MIDDLE, share)
            for share in QUANTILES
        }
        for share in (0.5, 0.95):
            values[f'model_absolute_error{{quantile="{share}"}}'] = _SIDE.quantile(size, share)
        return values

    def samples(self, cells: Ints) -> dict[str, int]:
        if not self.values(cells, 1.0):
            return {}
        return dict.fromkeys(("model_residual", "model_absolute_error"), int(cells.sum()))


# The absolute error that each cell of `sizes` stands for.
SIZE: Floats = _SIDE.middle


def sizes(cells: Ints) -> Ints:
    """Cells of errors as cells of their sizes, errors of either sign together."""
    size = cells[_ZERO:].copy()
    size[1:] += cells[:_ZERO][::-1]
    return size
