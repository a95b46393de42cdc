"""How good something is: a mean with its uncertainty, so that two of them can be compared."""

import math

import msgspec

from streamgauge.detectors.cbpe import Estimate

# A difference between constants would be infinitely certain; JSON has no infinity.
_MOST = 1e6


class Level(msgspec.Struct, frozen=True, kw_only=True, tag="level"):
    """A figure of `samples` observations, its standard `error`, and the `spread` of one of them."""

    value: float
    samples: int
    error: float
    spread: float

    def scores(self, other: "Level") -> tuple[float, float]:
        """How far this one is above another: in spreads of the other, and in standard errors."""
        apart = self.value - other.value
        if not apart:
            return 0.0, 0.0
        error = math.hypot(self.error, other.error)
        return _over(apart, other.spread or self.spread), _over(apart, error)


def _over(part: float, whole: float) -> float:
    return min(max(part / whole, -_MOST), _MOST) if whole > 0 else math.copysign(_MOST, part)


def rate(hits: int, samples: int) -> Level | None:
    """A share such as accuracy; None of nothing.

    One that is 0 or 1 so far is not certain: the error is that of the estimate with two more hits
    and two more misses (Agresti and Coull, "Approximate is better than exact for interval
    estimation of binomial proportions", 1998).

    >>> rate(9, 10).value, rate(0, 0)
    (0.9, None)
    """
    if samples <= 0:
        return None
    hits = min(max(hits, 0), samples)
    share = (hits + 2) / (samples + 4)
    return Level(
        value=hits / samples,
        samples=samples,
        error=math.sqrt(share * (1 - share) / (samples + 4)),
        spread=math.sqrt(share * (1 - share)),
    )


def mean(samples: int, total: float, squares: float) -> Level | None:
    """A mean such as the absolute error, from sums of values and of their squares.

    >>> mean(4, 8.0, 20.0).value
    2.0
    """
    if samples <= 0 or not (math.isfinite(total) and math.isfinite(squares)):
        return None
    value = total / samples
    spread = math.sqrt(max(squares / samples - value * value, 0.0))
    return Level(value=value, samples=samples, error=spread / math.sqrt(samples), spread=spread)


def area(auc: float, positives: int, negatives: int) -> Level | None:
    """An area under the ROC curve; None where one class is absent.

    The error is that of Hanley and McNeil ("The meaning and use of the area under a ROC curve",
    1982).

    >>> round(area(0.8, 50, 50).error, 4)
    0.0445
    """
    if positives <= 0 or negatives <= 0 or not math.isfinite(auc):
        return None
    one, two = auc / (2 - auc), 2 * auc * auc / (1 + auc)
    variance = auc * (1 - auc)
    variance += (positives - 1) * (one - auc * auc) + (negatives - 1) * (two - auc * auc)
    error = math.sqrt(max(variance, 0.0) / (positives * negatives))
    samples = positives + negatives
    return Level(value=auc, samples=samples, error=error, spread=error * math.sqrt(samples))


def estimated(estimate: Estimate) -> Level:
    """The accuracy that is expected of a window whose truth is not known.

    Its error is that of a rate: scores scatter less than truths do, but the calibration does too.
    """
    held = rate(round(estimate.accuracy * estimate.samples), estimate.samples)
    assert held is not None
    return msgspec.structs.replace(held, value=estimate.accuracy)
