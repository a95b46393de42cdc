"""Evidence that a bounded rate has left its bound, from sums and counts alone."""

import math
from collections.abc import Sequence

import msgspec

_LEAST = 1e-12


class Course(msgspec.Struct):
    """What one alternative has gathered.

    `evidence` is the logarithm of its Shiryaev-Roberts statistic. `run`, `count` and `total` are
    the log-likelihood ratio, the events and their sum since the likeliest moment of the change.
    """

    evidence: float = -math.inf
    run: float = 0.0
    count: float = 0.0
    total: float = 0.0


def growth(tilt: float, bound: float, count: float, total: float) -> float:
    """The log of the e-value of `count` values within 0 ... 1 of that sum: by e^tilt the odds.

    exp(tilt * x) lies below its chord, so the mean of exp(tilt * x) is at most
    1 - bound + bound * exp(tilt) if the mean of x is on the near side of the bound (below it for a
    positive tilt, above it for a negative one): the e-value's mean is at most 1 for any values
    within 0 ... 1. For values that are 0 or 1 it is the likelihood ratio itself.

    >>> round(math.exp(growth(math.log(2.25), 0.1, 1, 1)), 9)  # odds 1/9 to 1/4, rates .1 to .2
    2.0
    """
    return tilt * total - count * math.log1p(bound * math.expm1(tilt))


def follow(
    course: Course, tilt: float, bound: float, count: float, total: float, *, spent: float
) -> None:
    """One window: M <- (M + spent) * e (Shin, Ramdas, Rinaldo: "E-detectors", 2022)."""
    step = growth(tilt, bound, count, total)
    low, high = sorted((course.evidence, math.log(spent)))
    course.evidence = high + math.log1p(math.exp(low - high)) + step
    course.run += step
    course.count += count
    course.total += total
    if course.run <= 0.0:
        course.run = course.count = course.total = 0.0


def mean(courses: Sequence[Course]) -> float:
    """The logarithm of the mean of the statistics: it stands for all alternatives at once."""
    most = max(course.evidence for course in courses)
    if most == -math.inf:
        return most
    return most + math.log(
        sum(math.exp(course.evidence - most) for course in courses) / len(courses)
    )


def logit(rate: float) -> float:
    """The log-odds of a rate; 0 and 1 have finite ones."""
    inside = min(max(rate, _LEAST), 1.0 - _LEAST)
    return math.log(inside) - math.log1p(-inside)


def expit(odds: float) -> float:
    """The rate of log-odds.

    >>> round(expit(logit(0.25)), 12)
    0.25
    """
    return 1.0 / (1.0 + math.exp(-odds))
