"""CBPE: how good a model's predictions are before anybody knows the truth.

Confidence-based performance estimation (NannyML, "Estimation of Performance of the Monitored
Model"): scores are calibrated on labelled reference data by isotonic regression, so that each is
the chance of being positive; then every prediction counts as right and as wrong by its chance. The
scores only matter to three places, so a window is 1,001 counts, and estimates merge by addition.
It holds while the truth depends on the features as it did (drift of the features is fine, of the
concept is not), and it cannot tell less than the model's own scores do.
"""

from collections.abc import Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Cell i holds scores around i / 1000.
CELLS = 1_001
SCORES: Floats = np.arange(CELLS) / (CELLS - 1)


class Estimate(msgspec.Struct, frozen=True, kw_only=True, tag="cbpe_estimate"):
    """What the figures of a window would be if the truth were known; None is a rate of nothing.

    The four cells of the confusion matrix are expected counts. `error` is the standard error of
    the accuracy: realised truths scatter around it that much, even where the chances are right.
    """

    samples: int
    accuracy: float
    error: float
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    auc: float | None = None
    true_positives: float = 0.0
    false_positives: float = 0.0
    true_negatives: float = 0.0
    false_negatives: float = 0.0

    def values(self) -> dict[str, float]:
        """The figures as measures are called: `model_estimated_accuracy` and the like."""
        figures = {
            "accuracy": self.accuracy,
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
            "auc": self.auc,
        }
        return {
            f"model_estimated_{name}": figure
            for name, figure in figures.items()
            if figure is not None
        }


class Cbpe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="cbpe"):
    """The parameters: a prediction says yes from `threshold` on; `least` labels make a calibration.

    >>> cells = {100: 450, 900: 50, 1_001 + 100: 50, 1_001 + 900: 450}
    >>> cbpe = Cbpe()
    >>> chances = cbpe.calibrate(cells)
    >>> scores = np.zeros(1_001, np.int64)
    >>> scores[[100, 900]] = 30, 70
    >>> estimate = cbpe.estimate(scores, chances)
    >>> round(estimate.accuracy, 3), round(estimate.precision, 3), estimate.samples
    (0.9, 0.9, 100)
    """

    threshold: float = 0.5
    least: int = 1_000

    def calibrate(self, cells: Mapping[int, int]) -> Floats | None:
        """The chance of being positive at each of the 1,001 scores.

        `cells` are those of the metric `score_histogram` in a reference: 1,001 counts of negatives,
        then as many of positives; what follows is not read. None where there are too few labels, or
        only of one class.
        """
        counts = np.zeros(2 * CELLS)
        for cell, count in cells.items():
            if 0 <= cell < len(counts) and count > 0:
                counts[cell] = count
        return self._fit(counts[:CELLS], counts[CELLS:], SCORES)

    def calibrate_confidence(self, cells: Mapping[int, int]) -> Floats | None:
        """The chance of being right at each of 1,001 confidences, for models of any classes.

        `cells` are those of the metric `label_calibration` in a reference: misses and hits of ten
        bins in turn, then the sum of the confidences of each bin in millionths.
        """
        row = np.array([max(cells.get(cell, 0), 0) for cell in range(30)], np.float64)
        misses, hits, sums = row[0:20:2], row[1:20:2], row[20:]
        total = misses + hits
        mean = np.divide(sums, total * 1e6, out=np.zeros(10), where=total > 0)
        return self._fit(misses, hits, np.clip(mean, 0.0, 1.0))

    def _fit(self, no: Floats, yes: Floats, at: Floats) -> Floats | None:
        total = no + yes
        if total.sum() < self.least or not no.any() or not yes.any():
            return None
        from sklearn.isotonic import IsotonicRegression

        known = total > 0
        fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(
            at[known], yes[known] / total[known], sample_weight=total[known]
        )
        return np.asarray(fitted.predict(SCORES), np.float64)

    def estimate(
        self, scores: Ints, chances: Floats, labelled: Ints | None = None
    ) -> Estimate | None:
        """The figures of a window from how often each of the 1,001 scores came; None of none.

        `labelled` are the truths known so far: 1,001 counts of negatives, then as many of
        positives. They count as they are, and only the rest of the predictions by its chances. So
        it does no harm if some scores are labelled sooner, and less if one class is; with all
        labels the figures are exact.
        """
        counts = np.maximum(scores, 0).astype(np.float64)
        yes, no = counts * chances, counts * (1.0 - chances)
        unknown = yes * (1.0 - chances)
        if labelled is not None:
            known = np.maximum(labelled[: 2 * CELLS], 0).astype(np.float64).reshape(2, CELLS)
            rest = np.maximum(counts - known.sum(axis=0), 0.0)
            yes, no = known[1] + rest * chances, known[0] + rest * (1.0 - chances)
            unknown = rest * chances * (1.0 - chances)
        samples = round(float(yes.sum() + no.sum()))
        if not samples:
            return None
        first = round(self.threshold * (CELLS - 1))
        hits, alarms = float(yes[first:].sum()), float(no[first:].sum())
        missed, right = float(yes[:first].sum()), float(no[:first].sum())
        return Estimate(
            samples=samples,
            accuracy=(hits + right) / samples,
            error=float(np.sqrt(unknown.sum())) / samples,
            precision=_share(hits, hits + alarms),
            recall=_share(hits, hits + missed),
            f1=_share(2 * hits, 2 * hits + alarms + missed),
            auc=_auc(yes, no),
            true_positives=hits,
            false_positives=alarms,
            true_negatives=right,
            false_negatives=missed,
        )

    def estimate_confidence(self, confidences: Ints, chances: Floats) -> Estimate | None:
        """The accuracy alone: the mean chance of being right at the confidences that came."""
        counts = np.maximum(confidences, 0).astype(np.float64)
        samples = int(counts.sum())
        if not samples:
            return None
        right = counts * chances
        error = float(np.sqrt((right * (1.0 - chances)).sum())) / samples
        return Estimate(samples=samples, accuracy=float(right.sum()) / samples, error=error)


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def _auc(yes: Floats, no: Floats) -> float | None:
    """The chance that a positive scores higher than a negative; ties count as half."""
    below = np.cumsum(no) - no / 2
    return _share(float((yes * below).sum()), float(yes.sum() * no.sum()))
