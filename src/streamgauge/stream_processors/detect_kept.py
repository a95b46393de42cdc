"""One partition that `detect` owns: what is known of its series, and how that is written down."""

from collections.abc import Iterable
from typing import Protocol

from streamgauge.contracts.measure import Measure, Signal
from streamgauge.contracts.reference import Reference
from streamgauge.stream_processors.detect_sums import (
    DetectSums,
    States,
    cut,
    encode,
    fitting,
    replace,
)
from streamgauge.stream_processors.held import Held
from streamgauge.stream_processors.kept_partition import KeptPartition

# What is said of a record: for `measures`, or for `references`.
Told = Signal | Measure | Reference


class Looker(Protocol):
    """Who looks at the records of a partition, in their order."""

    @property
    def changed(self) -> set[str]:
        """The series whose states have changed since they were taken."""

    def step(self, value: bytes) -> Iterable[Told]:
        """What it says of a record; raises one of `codec.UNREADABLE` where that is none."""

    def take(self) -> States:
        """The states that have changed; empty bytes where a series is forgotten."""


class DetectKept(KeptPartition[States]):
    """Writes the states that changed as deltas, all of them as bases."""

    def __init__(self, held: Held[States], looker: Looker, sums: DetectSums) -> None:
        super().__init__(held)
        self.looker = looker
        self._sums = sums

    def write(self, now: int) -> None:
        """Write deltas of all that changed; nothing where no window came.

        Only the last one moves on: should those before it be all that counts, windows come again,
        and series that know them already say nothing.
        """
        if self.position == self.held.next:
            return
        changed = fitting(self.looker.take())
        replace(self.held.sums, changed)
        *first, last = cut(changed)
        for part in first:
            self.held.flush(self.held.next, 0, encode(part))
        self.held.flush(self.position, 0, encode(last))

    def rebase(self) -> None:
        """Write all sums, so that a restore need not read further back; after a write."""
        self._rebase_what_counts(lambda: self._sums.dump(self.held.sums))
