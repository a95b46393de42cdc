"""Comparing two variants on a machine that is never quiet: in turns, neighbour with neighbour."""

from collections.abc import Sequence
from statistics import median


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of them do not exceed.

    >>> quantile([1, 2, 3, 4], 0.5), quantile([1, 2, 3, 4], 0.95)
    (2, 4)
    """
    ordered = sorted(values)
    return ordered[max(0, -(-round(share * len(ordered) * 1e9) // 1_000_000_000) - 1)]


def added(with_it: Sequence[float], without: Sequence[float]) -> float:
    """What a variant adds: the median difference of neighbours.

    Value i of one side was measured right beside value i of the other, so a disturbance of the
    machine falls on both, or on a pair that the median ignores.

    >>> added([11.0, 510.0, 12.0], [10.0, 10.0, 11.0])
    1.0
    """
    return median(a - b for a, b in zip(with_it, without, strict=True))
