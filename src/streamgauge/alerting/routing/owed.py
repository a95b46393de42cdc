"""Up to where nobody is owed anything any more, so that it may be committed."""

from collections.abc import Hashable
from heapq import heappop, heappush


class Owed:
    """The offset of the oldest record that somebody still has to be told about.

    >>> owed = Owed()
    >>> owed.read(7); owed.owe("group", 7); owed.read(8); owed.position()
    7
    >>> owed.owe("group", None); owed.position()
    9
    """

    def __init__(self) -> None:
        self._oldest: dict[Hashable, int] = {}
        self._heap: list[tuple[int, int, Hashable]] = []
        self._next: int | None = None
        self._count = 0

    def read(self, offset: int) -> None:
        """A record has been taken."""
        if offset >= 0:
            self._next = max(offset + 1, self._next or 0)

    def owe(self, who: Hashable, offset: int | None) -> None:
        """The oldest record of which somebody still has to be told; None is none."""
        if offset == self._oldest.get(who):
            return
        if offset is None:
            del self._oldest[who]
            return
        self._oldest[who] = offset
        # Unequal numbers, so that the names are never compared.
        self._count += 1
        heappush(self._heap, (offset, self._count, who))

    def position(self) -> int | None:
        """What may be committed; None before the first record."""
        while self._heap:
            offset, _, who = self._heap[0]
            if self._oldest.get(who) == offset:
                return offset
            heappop(self._heap)
        return self._next
