"""Which keys are kept by name where strangers choose them; the rest count together, exactly."""

from collections.abc import Callable, Container, Iterable
from hashlib import blake2b
from heapq import heappop, heappush, heapreplace
from typing import NamedTuple

Key = tuple[str, ...]
OTHER = "__other__"


class Family(NamedTuple):
    """Keys that compete with each other for `limit` places; none of them is kept with limit 0.

    With an `order` it also shares the `places` of its rule with all others that have one: where
    these are taken, the families that come last give theirs up first.
    """

    name: str
    limit: int
    order: int | None = None


class Rule(NamedTuple):
    """How keys are bounded: whom each competes with, and where one counts that has no place.

    A key without a family is always kept. Following `overflow` ends at such a key.
    """

    family: Callable[[Key], Family | None]
    overflow: Callable[[Key], Key]
    declared: Container[Key] = frozenset()
    places: int = 0


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
    """The keys that are kept.

    Of a family these are the best so many; of families that share places, the first so many of all
    their best, family after family. Whoever has to go has as many before it for ever: a family
    never gets smaller but for those that come after it.
    """

    def __init__(self, rule: Rule) -> None:
        self.kept: set[Key] = set()
        self.rule = rule
        self._heaps: dict[str, list[tuple[int, Key]]] = {}
        # Families that share places and have some, the last one first; how many these are.
        self._sharing: list[tuple[int, str]] = []
        self._shared = 0

    def admit(self, key: Key) -> list[Move]:
        """Let a key in, if it may; whoever it displaces is to be moved, in this order."""
        while key not in self.kept:
            family = self.rule.family(key)
            if family is None:
                self.kept.add(key)
                return []
            heap = self._heaps.get(family.name, [])
            entry = (1 if key in self.rule.declared else -rank("\0".join(key)), key)
            if len(heap) >= family.limit:
                if heap and entry > heap[0]:
                    return self._replace(heapreplace(heap, entry)[1], key)
            elif family.order is None:
                self._push(family.name, entry)
                return []
            elif self._shared < self.rule.places:
                self._share(family.order, family.name, entry)
                return []
            elif self._sharing and (-family.order, entry) > self._last():
                gone = self._unshare()
                self._share(family.order, family.name, entry)
                return self._replace(gone, key)
            key = self.rule.overflow(key)
        return []

    def _replace(self, gone: Key, key: Key) -> list[Move]:
        self.kept.remove(gone)
        self.kept.add(key)
        rest = self.rule.overflow(gone)
        return [*self.admit(rest), Move(gone, self.place(rest))]

    def _push(self, name: str, entry: tuple[int, Key]) -> None:
        heappush(self._heaps.setdefault(name, []), entry)
        self.kept.add(entry[1])

    def _share(self, order: int, name: str, entry: tuple[int, Key]) -> None:
        if name not in self._heaps:
            heappush(self._sharing, (-order, name))
        self._push(name, entry)
        self._shared += 1

    def _last(self) -> tuple[int, tuple[int, Key]]:
        """Who has to go first of those that share places."""
        order, name = self._sharing[0]
        return order, self._heaps[name][0]

    def _unshare(self) -> Key:
        _, name = self._sharing[0]
        _, gone = heappop(self._heaps[name])
        if not self._heaps[name]:
            del self._heaps[name]
            heappop(self._sharing)
        self._shared -= 1
        return gone

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
