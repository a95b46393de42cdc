"""One source partition that a stage owns, as far as that is the same for every stage."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from streamgauge.stream_processors.held import Held

S = TypeVar("S")


class End(NamedTuple):
    """The end of a partition; with each fetch that tells it, `fetch` is another number."""

    offset: int
    fetch: int


class KeptPartition(ABC, Generic[S]):
    """Writes what is pending to the log that is `held`; a stage says what that is.

    `position` is the source offset to go on with. `brought` is up to where fetches have brought the
    source, `astray` why it cannot be what it was, and `rebased` when by the monotonic clock all was
    written.
    """

    def __init__(self, held: Held[S]) -> None:
        self.held = held
        self.position = held.next
        self.brought = 0
        self.astray: str | None = None
        self.rebased = time.monotonic()
        # Up to where the newest base of ours stands; none yet.
        self._based = -1

    def note(self, end: End) -> None:
        """Compare the end of the source with what was counted: that must have been there."""
        if end.offset < self.position:
            self.astray = f"counted up to {self.position}, the source ends at {end.offset}"

    @abstractmethod
    def write(self, now: int) -> None:
        """Write a delta of all that is pending, at `now` in ms; nothing where nothing is new."""

    @abstractmethod
    def rebase(self) -> None:
        """Write all sums, so that a restore need not read further back; after a write."""

    def _rebase_what_counts(self, dump: Callable[[], list[bytes]]) -> None:
        """Write a base of all sums, once all that was written counts.

        A skip may be among the rest, which a base would hide.
        """
        if self.held.settled and self.held.next > self._based:
            self._based = self.held.next
            self.held.rebase(dump(), 0)
            self.rebased = time.monotonic()
