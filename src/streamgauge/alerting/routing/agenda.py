"""What is to be done when: things with one due time each."""

from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Generic, TypeVar

T = TypeVar("T")


class Agenda(Generic[T]):
    """A heap of due times; a thing that is put again is due at the new time only.

    >>> agenda = Agenda[str]()
    >>> agenda.put("a", 5); agenda.put("b", 3); agenda.put("a", 2)
    >>> agenda.next(), list(agenda.due(4)), agenda.next()
    (2, [(2, 'a'), (3, 'b')], None)
    """

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, T]] = []
        self._times: dict[T, tuple[int, int]] = {}
        self._count = 0

    def put(self, thing: T, at: int) -> None:
        """It is due at `at`, and no longer when it was before."""
        self._count += 1
        self._times[thing] = (at, self._count)
        heappush(self._heap, (at, self._count, thing))

    def drop(self, thing: T) -> None:
        """It is not due any more."""
        self._times.pop(thing, None)

    def time(self, thing: T) -> int | None:
        """When it is due."""
        found = self._times.get(thing)
        return found and found[0]

    def next(self) -> int | None:
        """The earliest time at which something is due."""
        while self._heap:
            at, count, thing = self._heap[0]
            if self._times.get(thing) == (at, count):
                return at
            heappop(self._heap)
        return None

    def due(self, now: int) -> Iterator[tuple[int, T]]:
        """Take out what is due, earliest first; what is put meanwhile counts too."""
        while (at := self.next()) is not None and at <= now:
            thing = heappop(self._heap)[2]
            del self._times[thing]
            yield at, thing
