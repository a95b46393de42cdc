"""Which series a window keeps by name: no more than LIMIT; the rest count together, exactly."""

from hashlib import blake2b
from heapq import heappush, heapreplace
from typing import Generic, Protocol, Self, TypeVar

# A series takes some 40 KB, so this is 20 MB a window: a stranger who makes names up costs no more.
LIMIT = 500
OTHER = "__other__"
Key = tuple[str, ...]
M = TypeVar("M", bound="Mergeable")


class Mergeable(Protocol):
    """A total that adds up with others of its kind."""

    def merge(self, other: Self) -> Self:
        """The total of both."""


def rank(name: str) -> int:
    """Which names are kept: those with the smallest hashes, whenever they came.

    A name that had to go has LIMIT smaller ones before it, and these stay. So it can never return,
    and any order of arrival, any cut and any number of partitions keep the same names.
    """
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest())


def other(key: Key) -> Key:
    """The series that the rest counts under.

    >>> other(("price", "1"))
    ('__other__', '__other__')
    """
    return (OTHER,) * len(key)


class Keep(Generic[M]):
    """Lets series into a window."""

    def __init__(self) -> None:
        self._ranks: list[tuple[int, Key]] = []

    def enter(self, series: dict[Key, M], key: Key, fresh: M) -> M:
        """The total to count a series under that the window does not have yet."""
        if OTHER in key:
            return series.setdefault(other(key), fresh)
        entry = (-rank("\0".join(key)), key)
        if len(self._ranks) < LIMIT:
            heappush(self._ranks, entry)
        else:
            if entry <= self._ranks[0]:
                return series.setdefault(other(key), fresh)
            _, gone = heapreplace(self._ranks, entry)
            rest = other(key)
            held = series.pop(gone)
            series[rest] = series[rest].merge(held) if rest in series else held
        series[key] = fresh
        return fresh
