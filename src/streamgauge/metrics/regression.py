"""How far predicted numbers are from the truth: MAE, RMSE, R², bias and skill."""

import math
from collections.abc import Iterable

import numpy as np

from streamgauge.metrics import exact_sum
from streamgauge.metrics.base import Marks, Metric
from streamgauge.metrics.column import Floats, Ints
from streamgauge.metrics.exact_sum import LIMIT, SCALE, SQUARE_WIDTH, SUM_WIDTH, total
from streamgauge.metrics.label_column import LabelColumns

# Where the sums stand: labels, errors, absolute errors, their squares, truths, their squares.
_ERROR = 1
_ABSOLUTE = _ERROR + SUM_WIDTH
_SQUARE = _ABSOLUTE + SUM_WIDTH
_TRUTH = _SQUARE + SQUARE_WIDTH
_TRUTH_SQUARE = _TRUTH + SUM_WIDTH
_END = _TRUTH_SQUARE + SQUARE_WIDTH


class Regression(Metric[LabelColumns]):
    """`model_mae`, `model_rmse`, `model_bias` (prediction less truth), `model_r2`, `model_skill`.

    Truths, predictions and errors count to a millionth and up to ±1e9; all sums are exact. R² and
    skill compare with the mean of the window's truths: R² by squares (negative where the mean does
    better), `model_skill{baseline="mean"}` as the share of its RMSE that the model saves. Where all
    truths are the same they say nothing and are left out.
    """

    name = "regression"
    width = _END
    brief = True

    def marks(self, batch: LabelColumns) -> Iterable[Marks]:
        place = known(batch)
        if not len(place):
            return ()
        errors = error(batch, place)
        truths = exact_sum.whole(batch.truth[place])
        return [
            batch.marks(np.zeros(len(place), np.int64), place),
            *batch.sums(_ERROR, place, exact_sum.digits(errors)),
            *batch.sums(_ABSOLUTE, place, exact_sum.digits(np.abs(errors))),
            *batch.sums(_SQUARE, place, exact_sum.square_digits(errors)),
            *batch.sums(_TRUTH, place, exact_sum.digits(truths)),
            *batch.sums(_TRUTH_SQUARE, place, exact_sum.square_digits(truths)),
        ]

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        count = int(cells[0])
        if count <= 0:
            return {}
        squares = max(total(cells[_SQUARE:_TRUTH]), 0)
        values = {
            "model_mae": total(cells[_ABSOLUTE:_SQUARE]) / (count * SCALE),
            "model_rmse": math.sqrt(squares / count) / SCALE,
            "model_bias": total(cells[_ERROR:_ABSOLUTE]) / (count * SCALE),
        }
        truth = total(cells[_TRUTH:_TRUTH_SQUARE])
        # Both sides of R² times the count: whole numbers, so that nothing cancels.
        spread = count * total(cells[_TRUTH_SQUARE:_END]) - truth * truth
        if spread > 0:
            share = count * squares / spread
            values["model_r2"] = 1.0 - share
            values['model_skill{baseline="mean"}'] = 1.0 - math.sqrt(share)
        return values

    def samples(self, cells: Ints) -> dict[str, int]:
        names = {name.partition("{")[0] for name in self.values(cells, 1.0)}
        return dict.fromkeys(sorted(names), int(cells[0]))


def known(batch: LabelColumns) -> Ints:
    """The rows of a regression."""
    return np.flatnonzero(np.isfinite(batch.truth) & np.isfinite(batch.predicted))


def error(batch: LabelColumns, place: Ints) -> Ints:
    """Prediction less truth as multiples of 1 / SCALE."""
    return exact_sum.whole(_bound(batch.predicted[place]) - _bound(batch.truth[place]))


def _bound(values: Floats) -> Floats:
    return np.clip(values, -LIMIT, LIMIT)
