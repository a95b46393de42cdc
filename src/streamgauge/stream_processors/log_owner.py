"""The owner of one partition of a state log: events in, instructions out. Pure, no clock, no I/O.

The driver appends what it is told to, tails the same log partition, and hands every record that it
reads back in. The owner commits only what its own fold has counted: an acknowledgement says that
Kafka has a record, not that the record counts.
"""

from typing import Generic, TypeVar

import msgspec

from streamgauge.stream_processors.log_fold import Fold, Verdict
from streamgauge.stream_processors.log_record import (
    AnyLogRecord,
    Base,
    Cause,
    Claim,
    Delta,
    Skip,
)

S = TypeVar("S")


class Standing(msgspec.Struct, frozen=True):
    """How source and group stand when a restore ends.

    The source partition holds the offsets from `low` up to, not including, `high` (None: nobody
    knows); `topic_id` is what Kafka calls the topic, "" if it does not; the group has committed
    `committed`.
    """

    committed: int = 0
    low: int = 0
    high: int | None = None
    topic_id: str = ""


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


class Refuse(msgspec.Struct, frozen=True):
    """The sums are not of this source: stop, and let a human decide."""

    reason: str


Instruction = Append | Resume | Commit | Stop | Refuse
_COUNTED = (Verdict.DELTA, Verdict.SKIP)


class Owner(Generic[S]):
    """One owner from its claim to its end; after `Stop` it does nothing more.

    `name` is of this owner alone, never used again: it is how it knows its claim when it reads it.
    """

    def __init__(self, name: str, fold: Fold[S], topic_id: str = "") -> None:
        self.name = name
        self._topic_id = topic_id
        self.fold = fold
        self.stopped = False
        self._claim: int | None = None
        self._ready = False
        self._written = 0
        self._resumed = 0

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
        return [Append(Claim(owner=self.name, topic_id=self._topic_id))]

    def fail(self, reason: str) -> list[Instruction]:
        """A delivery failed, or nobody knows whether it did: the log knows, we do not."""
        return self._stop(reason)

    def tail(
        self, offset: int, record: AnyLogRecord, standing: Standing | None = None
    ) -> list[Instruction]:
        """A record of our log partition, in order of its offsets, our own among them.

        Until our claim, that is the restore; with our claim comes how the source stands.
        """
        if self.stopped:
            return []
        verdict = self.fold.take(offset, record)
        if not self._ready:
            mine = isinstance(record, Claim) and record.owner == self.name
            return self._restore(offset, standing or Standing()) if mine else []
        if verdict is Verdict.CLAIM:
            return self._stop(f"partition was claimed by another owner at {offset}")
        if verdict is Verdict.GAP:
            return self._stop(f"own record at {offset} does not count")
        return [Commit(self.fold.next)] if verdict in _COUNTED else []

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
        """Write all sums up to what was written, so that a restore need not read further back.

        Nothing while a skip is not counted yet: a base would stand for it, and hide it.
        """
        if not self.ready or self._claim is None or self.fold.next < self._resumed:
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
                    topic_id=self._topic_id,
                )
            )
            for part, body in enumerate(parts)
        ]

    def _restore(self, offset: int, standing: Standing) -> list[Instruction]:
        fold = self.fold
        self._claim = offset
        self._written = fold.next
        told: list[Instruction] = []
        if self._topic_id and fold.topic_id and fold.topic_id != self._topic_id:
            return self._refuse("the source topic was deleted and made again")
        if standing.high is not None and fold.next > standing.high:
            return self._refuse(f"counted up to {fold.next}, the source ends at {standing.high}")
        if (cause := self._missing(standing)) is not None:
            told += [Append(Skip(epoch=offset, begin=fold.next, end=standing.low, cause=cause))]
            self._written = standing.low
        if standing.committed > self._written:
            # A former owner's commit that was not counted: whoever reads on from there loses what
            # lies between. It is put back, and the next start reads from the right place.
            stop = self._stop("the group's offset is ahead of the log")
            return [*told, Commit(self._written), *stop]
        self._ready, self._resumed = True, self._written
        return [*told, Resume(self._written)]

    def _missing(self, standing: Standing) -> Cause | None:
        """Why the sums cannot go on where they stand."""
        if not self.fold.counted:
            if standing.committed > 0:
                return "state_lost"
            return "start" if standing.low > 0 else None
        return "data_loss" if self.fold.next < standing.low else None

    def _refuse(self, reason: str) -> list[Instruction]:
        self.stopped = True
        return [Refuse(reason)]

    def _stop(self, reason: str) -> list[Instruction]:
        self.stopped = True
        return [Stop(reason)]
