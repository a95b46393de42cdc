"""Numbers of a set of values, as Prometheus computes them: NaN and infinities included."""

import math
from collections.abc import Sequence


def total(values: Sequence[float]) -> float:
    """The sum, exact where finite: small values are not lost beside large ones.

    >>> total([1e100, 1.0, -1e100])
    1.0
    """
    try:
        return math.fsum(values)
    except (OverflowError, ValueError):  # beyond a float, or Inf and -Inf together
        return sum(values)


def mean(values: Sequence[float]) -> float:
    """The arithmetic mean; finite values have a finite one."""
    sum_, count = total(values), len(values)
    if math.isinf(sum_) and all(map(math.isfinite, values)):
        return total([value / count for value in values])
    return sum_ / count


def least(values: Sequence[float]) -> float:
    """The smallest value; NaN only if there is no other."""
    return min((value for value in values if value == value), default=math.nan)  # noqa: PLR0124 - NaN


def greatest(values: Sequence[float]) -> float:
    """The largest value; NaN only if there is no other."""
    return max((value for value in values if value == value), default=math.nan)  # noqa: PLR0124 - NaN


def variance(values: Sequence[float]) -> float:
    """The variance of the population.

    >>> variance([1.0, 3.0])
    1.0
    """
    middle = mean(values)
    if not math.isfinite(middle):
        return math.nan
    return total([(value - middle) * (value - middle) for value in values]) / len(values)


def deviation(values: Sequence[float]) -> float:
    """The standard deviation of the population."""
    return math.sqrt(variance(values))


def quantile(share: float, values: Sequence[float]) -> float:
    """The quantile, interpolated between neighbours; NaN counts as the smallest value.

    >>> quantile(0.5, [1.0, 2.0]), quantile(1.5, [1.0])
    (1.5, inf)
    """
    if not values or math.isnan(share):
        return math.nan
    if not 0 <= share <= 1:
        return math.copysign(math.inf, share)
    ordered = sorted(values, key=lambda value: (value == value, value))  # noqa: PLR0124 - NaN first
    rank = share * (len(ordered) - 1)
    lower = int(rank)
    upper = min(lower + 1, len(ordered) - 1)
    weight = rank - lower
    return ordered[lower] * (1 - weight) + ordered[upper] * weight
