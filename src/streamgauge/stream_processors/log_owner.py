"""The owner of one partition of a state log: events in, instructions out. Pure, no clock, no I/O.

The driver appends what it is told to, tails the same log partition, and hands every record that it
reads back in. The owner commits only what its own fold has counted: an acknowledgement says that
Kafka has a record, not that the record counts.
"""

from typing import Generic, TypeVar

import msgspec

from streamgauge.stream_processors.log_fold import Fold, Verdict
from streamgauge.stream_processors.log_record import AnyLogRecord, Base, Claim, Delta

S = TypeVar("S")


class Append(msgspec.Struct, frozen=True):
    """Write this record behind all before it."""

    record: AnyLogRecord


class Resume(msgspec.Struct, frozen=True):
    """The state is whole: go on with the source at this offset; skip what lies below."""

    offset: int


class Commit(msgspec.Struct, frozen=True):
    """Commit this source offset for the group."""

    offset: int


class Stop(msgspec.Struct, frozen=True):
    """Forget everything and start again (exit 75)."""

    reason: str


Instruction = Append | Resume | Commit | Stop


class Owner(Generic[S]):
    """One owner from its claim to its end; after `Stop` it does nothing more.

    `name` is of this owner alone, never used again: it is how it knows its claim when it reads it.
    """

    def __init__(self, name: str, fold: Fold[S]) -> None:
        self.name = name
        self.fold = fold
        self.stopped = False
        self._claim: int | None = None
        self._ready = False
        self._written = 0

    @property
    def ready(self) -> bool:
        """Whether it may process events."""
        return self._ready and not self.stopped

    @property
    def written(self) -> int:
        """The source offset up to which it has written deltas, counted or not."""
        return self._written

    def start(self) -> list[Instruction]:
        """Claim the partition. Done once, on assignment, before anything is read."""
        return [Append(Claim(owner=self.name))]

    def fail(self, reason: str) -> list[Instruction]:
        """A delivery failed, or nobody knows whether it did: the log knows, we do not."""
        return self._stop(reason)

    def tail(self, offset: int, record: AnyLogRecord, committed: int = 0) -> list[Instruction]:
        """A record of our log partition, in order of its offsets, our own among them.

        Until our claim, that is the restore. `committed` is the group's offset: beyond our `next`
        it is a former owner's that was not counted, and has to be put back.
        """
        if self.stopped:
            return []
        verdict = self.fold.take(offset, record)
        if not self._ready:
            mine = isinstance(record, Claim) and record.owner == self.name
            return self._restore(offset, committed) if mine else []
        if verdict is Verdict.CLAIM:
            return self._stop(f"partition was claimed by another owner at {offset}")
        if verdict is Verdict.GAP:
            return self._stop(f"own record at {offset} does not count")
        return [Commit(self.fold.next)] if verdict is Verdict.DELTA else []

    def flush(self, end: int, watermark: int, body: bytes) -> list[Instruction]:
        """Write what the source events up to `end` add to what was written before."""
        if not self.ready or end < self._written or self._claim is None:
            return []
        begin, self._written = self._written, end
        delta = Delta(
            epoch=self._claim,
            begin=begin,
            end=end,
            watermark=watermark,
            base=self.fold.base,
            body=body,
        )
        return [Append(delta)]

    def rebase(self, parts: list[bytes], watermark: int) -> list[Instruction]:
        """Write all sums up to what was written, so that a restore need not read further back."""
        if not self.ready or self._claim is None:
            return []
        return [
            Append(
                Base(
                    epoch=self._claim,
                    end=self._written,
                    watermark=watermark,
                    part=part,
                    parts=len(parts),
                    body=body,
                )
            )
            for part, body in enumerate(parts)
        ]

    def _restore(self, offset: int, committed: int) -> list[Instruction]:
        self._claim = offset
        self._written = self.fold.next
        if committed > self.fold.next:
            return [Commit(self.fold.next), *self._stop("the group's offset is ahead of the log")]
        self._ready = True
        return [Resume(self.fold.next)]

    def _stop(self, reason: str) -> list[Instruction]:
        self.stopped = True
        return [Stop(reason)]
