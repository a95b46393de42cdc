"""Which keys are kept by name where strangers choose them; the rest count together, exactly."""

from collections.abc import Callable, Container, Iterable
from hashlib import blake2b
from heapq import heappush, heapreplace
from typing import NamedTuple

Key = tuple[str, ...]
OTHER = "__other__"


class Family(NamedTuple):
    """Keys that compete with each other for `limit` places; none of them is kept with limit 0."""

    name: str
    limit: int


class Rule(NamedTuple):
    """How keys are bounded: whom each competes with, and where one counts that has no place.

    A key without a family is always kept. Following `overflow` ends at such a key.
    """

    family: Callable[[Key], Family | None]
    overflow: Callable[[Key], Key]
    declared: Container[Key] = frozenset()


class Move(NamedTuple):
    """What counts under `gone` counts under `to` from now on."""

    gone: Key
    to: Key


def rank(name: str) -> int:
    """Which names are kept: those with the smallest hashes, whenever they came.

    A name that had to go has as many smaller ones before it as there are places, and these stay. So
    it can never return, and any order of arrival, any cut and any number of partitions keep the
    same names.
    """
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest())


class Cap:
    """The keys that are kept."""

    def __init__(self, rule: Rule) -> None:
        self.kept: set[Key] = set()
        self.rule = rule
        self._heaps: dict[str, list[tuple[int, Key]]] = {}

    def admit(self, key: Key) -> list[Move]:
        """Let a key in, if it may; whoever it displaces is to be moved, in this order."""
        while key not in self.kept:
            family = self.rule.family(key)
            if family is None:
                self.kept.add(key)
                return []
            heap = self._heaps.setdefault(family.name, [])
            entry = (1 if key in self.rule.declared else -rank("\0".join(key)), key)
            if len(heap) < family.limit:
                heappush(heap, entry)
                self.kept.add(key)
                return []
            if heap and entry > heap[0]:
                _, gone = heapreplace(heap, entry)
                self.kept.remove(gone)
                self.kept.add(key)
                rest = self.rule.overflow(gone)
                return [*self.admit(rest), Move(gone, self.place(rest))]
            key = self.rule.overflow(key)
        return []

    def forget(self, keys: Iterable[Key]) -> None:
        """Keep these no longer: all the keys of their families."""
        for key in keys:
            self.kept.remove(key)
            if (family := self.rule.family(key)) is not None:
                self._heaps.pop(family.name, None)

    def place(self, key: Key) -> Key:
        """Under which key an admitted key counts."""
        while key not in self.kept:
            key = self.rule.overflow(key)
        return key
