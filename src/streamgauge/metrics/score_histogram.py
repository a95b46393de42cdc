"""Whether higher scores go with the positive class, and what each threshold would let through."""

from collections.abc import Iterable

import numpy as np

from streamgauge.metrics.accuracy import EDGES
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

    With `min_score`, what it would be to call everything positive that scores at least that, to
    three places: `model_score_precision`, `model_score_recall`, `model_score_false_positive_rate`
    and `model_score_false_negative_rate`. A rate of nothing is absent.
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
        for edge in EDGES:
            values |= _rates(no, yes, edge)
        return values

    def samples(self, cells: Ints) -> dict[str, int]:
        names = sorted({name.partition("{")[0] for name in self.values(cells, 1.0)})
        return dict.fromkeys(names, int(cells[:_SQUARE].sum()))


def _rates(no: Ints, yes: Ints, edge: float) -> dict[str, float]:
    """What calling everything positive from a score on would get right and wrong."""
    first = round(edge * (BINS - 1))
    hits, alarms = int(yes[first:].sum()), int(no[first:].sum())
    positives, negatives = int(yes.sum()), int(no.sum())
    parts = {
        "precision": (hits, hits + alarms),
        "recall": (hits, positives),
        "false_positive_rate": (alarms, negatives),
        "false_negative_rate": (positives - hits, positives),
    }
    return {
        f'model_score_{name}{{min_score="{edge}"}}': part / whole
        for name, (part, whole) in parts.items()
        if whole > 0
    }
