"""Whether higher scores go with the positive class: AUC and Brier score of a binary model."""

from collections.abc import Iterable

import numpy as np

from streamgauge.metrics.base import Marks, Metric
from streamgauge.metrics.column import Ints
from streamgauge.metrics.exact_sum import SCALE, SUM_WIDTH, digits, total
from streamgauge.metrics.label_column import LabelColumns

# Cell i holds scores around i / 1000, of negatives in the first half and of positives after them.
BINS = 1_001
_SQUARE = 2 * BINS


class ScoreHistogram(Metric[LabelColumns]):
    """`model_auc`, `model_brier_score`, and `model_positive_ratio` of the truths.

    AUC is the chance that a positive has a higher score than a negative; scores that are the same
    to three places count as ties. The Brier score is the mean squared distance of the score from
    the truth, with scores to a millionth.
    """

    name = "score_histogram"
    width = _SQUARE + SUM_WIDTH

    def marks(self, batch: LabelColumns) -> Iterable[Marks]:
        place = np.flatnonzero((batch.positive >= 0) & np.isfinite(batch.score))
        if not len(place):
            return ()
        score = np.clip(batch.score[place], 0.0, 1.0)
        yes = batch.positive[place]
        cell = np.rint(score * (BINS - 1)).astype(np.int64)
        squares = (np.rint(score * SCALE).astype(np.int64) - yes * SCALE) ** 2
        return [
            batch.marks(yes * BINS + cell, place),
            *batch.sums(_SQUARE, place, digits(squares)),
        ]

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        no, yes = cells[:BINS], cells[BINS:_SQUARE]
        negatives, positives = int(no.sum()), int(yes.sum())
        count = negatives + positives
        if count <= 0:
            return {}
        values = {
            "model_positive_ratio": positives / count,
            "model_brier_score": total(cells[_SQUARE:]) / (count * SCALE**2),
        }
        if negatives > 0 and positives > 0:
            # Twice the pairs in the right order, ties as half; whole numbers of any size.
            below, ordered = 0, 0
            for one_no, one_yes in zip(no.tolist(), yes.tolist(), strict=True):
                ordered += one_yes * (2 * below + one_no)
                below += one_no
            values["model_auc"] = ordered / (2 * negatives * positives)
        return values

    def samples(self, cells: Ints) -> dict[str, int]:
        return dict.fromkeys(self.values(cells, 1.0), int(cells[:_SQUARE].sum()))
