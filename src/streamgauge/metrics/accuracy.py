"""Which share of the predicted classes was right, and what is left when unsure ones are dropped."""

from collections.abc import Iterable

import numpy as np

from streamgauge.metrics.base import Marks, Metric
from streamgauge.metrics.column import Ints
from streamgauge.metrics.label_column import LabelColumns

# The thresholds that were asked for; a prediction belongs to all that its confidence reaches.
EDGES = (0.1, 0.3, 0.5, 0.55, 0.7, 0.9)
# Below the first edge, from each edge to the next, and without a confidence.
_LEVELS = len(EDGES) + 2
_UNSURE = _LEVELS - 1


class Accuracy(Metric[LabelColumns]):
    """`model_accuracy` of all predicted classes, and by `min_confidence`.

    `model_accuracy{min_confidence=...}` is that of the predictions at least that sure, whose share
    is `model_confidence_coverage_ratio{min_confidence=...}`.
    """

    name = "accuracy"
    width = 2 * _LEVELS
    brief = True

    def marks(self, batch: LabelColumns) -> Iterable[Marks]:
        place, hit = judged(batch)
        if not len(place):
            return ()
        sure = batch.confidence[place]
        level = np.searchsorted(EDGES, sure, side="right")
        level = np.where(np.isfinite(sure), level, _UNSURE)
        return (batch.marks(2 * level + hit, place),)

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        count, hits = int(cells.sum()), int(cells[1::2].sum())
        if count <= 0:
            return {}
        values = {"model_accuracy": hits / count}
        rated = int(cells[: 2 * _UNSURE].sum())
        for place, edge in enumerate(EDGES, start=1):
            above = cells[2 * place : 2 * _UNSURE]
            if (kept := int(above.sum())) > 0:
                label = f'{{min_confidence="{edge}"}}'
                values[f"model_accuracy{label}"] = int(above[1::2].sum()) / kept
                values[f"model_confidence_coverage_ratio{label}"] = kept / rated
        return values

    def samples(self, cells: Ints) -> dict[str, int]:
        count, rated = int(cells.sum()), int(cells[: 2 * _UNSURE].sum())
        samples = {"model_accuracy": count} if count > 0 else {}
        return samples | ({"model_confidence_coverage_ratio": rated} if rated > 0 else {})


def judged(batch: LabelColumns) -> tuple[Ints, Ints]:
    """The rows of a classification, and 1 for each that was right, 0 for each that was wrong."""
    place, hit = [], []
    for at, (truth, predicted) in enumerate(
        zip(batch.truth_class, batch.predicted_class, strict=True)
    ):
        if truth is not None and predicted is not None:
            place.append(at)
            hit.append(truth == predicted)
    return np.array(place, np.int64), np.array(hit, np.int64)
