"""Whether a model is right as often as it says: expected calibration error and Brier score."""

from collections.abc import Iterable

import numpy as np

from streamgauge.metrics.accuracy import judged
from streamgauge.metrics.base import Marks, Metric
from streamgauge.metrics.column import Ints
from streamgauge.metrics.exact_sum import SCALE, SUM_WIDTH, digits, total
from streamgauge.metrics.label_column import LabelColumns

BINS = 10
_EDGES = np.linspace(0.0, 1.0, BINS + 1)[1:-1]
# By bin: misses, hits and the sum of confidences; then the sum of squares.
_SUM = 2 * BINS
_SQUARE = 3 * BINS


class LabelCalibration(Metric[LabelColumns]):
    """`model_calibration_error` and `model_confidence_brier_score`.

    The first is how far, on average, confidence is from the share that was right, over ten bins of
    equal width. The second is its mean squared distance from 1 where the class was right and from 0
    where it was wrong. Confidences count to a millionth.
    """

    name = "label_calibration"
    width = _SQUARE + SUM_WIDTH

    def marks(self, batch: LabelColumns) -> Iterable[Marks]:
        place, hit = judged(batch)
        rated = np.isfinite(batch.confidence[place])
        place, hit = place[rated], hit[rated]
        if not len(place):
            return ()
        sure = np.clip(batch.confidence[place], 0.0, 1.0)
        cell = np.searchsorted(_EDGES, sure)
        parts = np.rint(sure * SCALE).astype(np.int64)
        return [
            batch.marks(2 * cell + hit, place),
            batch.marks(_SUM + cell, place, parts),
            *batch.sums(_SQUARE, place, digits((parts - hit * SCALE) ** 2)),
        ]

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        count = int(cells[:_SUM].sum())
        if count <= 0:
            return {}
        gap = np.abs(cells[_SUM:_SQUARE] - cells[1:_SUM:2] * SCALE)
        return {
            "model_calibration_error": int(gap.sum()) / (count * SCALE),
            "model_confidence_brier_score": total(cells[_SQUARE:]) / (count * SCALE**2),
        }

    def samples(self, cells: Ints) -> dict[str, int]:
        return dict.fromkeys(self.values(cells, 1.0), int(cells[:_SUM].sum()))
