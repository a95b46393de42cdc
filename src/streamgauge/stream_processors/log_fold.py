"""The one rule by which everybody reads a state log: owner, restore, merge and auditor. Pure."""

from collections.abc import Callable
from enum import Enum
from typing import Generic, Protocol, TypeVar

from streamgauge.stream_processors.log_record import AnyLogRecord, Base, Claim, Delta, Skip

S = TypeVar("S")


class Sums(Protocol[S]):
    """What a stage adds up; pure, and the same for everybody who reads its log.

    Bodies that are not readable raise `UnknownVersionError` or one of `codec.UNREADABLE`.
    """

    def empty(self) -> S:
        """Nothing yet."""
        ...

    def add(self, sums: S, body: bytes) -> S:
        """The sums with a delta's body; may change and return what it was given."""
        ...

    def load(self, parts: list[bytes]) -> S:
        """The sums that `dump` has written."""
        ...

    def dump(self, sums: S) -> list[bytes]:
        """All of the sums, in parts of at most 4 MB."""
        ...


class Verdict(Enum):
    """What a record was to the fold."""

    CLAIM = "claim"
    DELTA = "delta"
    BASE = "base"
    PART = "part"
    SKIP = "skip"
    FOREIGN = "foreign"
    GAP = "gap"


class Fold(Generic[S]):
    """The sums that a log says, record by record in the order of its offsets.

    A claim sets the epoch. A delta, skip or base of another epoch is foreign, of an owner that has
    been replaced. A delta or skip that does not begin where the last one ended is a gap and does
    not count. A base replaces all sums once its parts have come one after another. `next` is the
    source offset up to which the sums stand, `topic_id` the source that they were counted from,
    `skips` what was skipped since the newest base, and `counted` says whether anything was.

    A reader that starts at a base, not at the log's first record, has not seen the claim: the base
    was counted, so its epoch was the one that held.
    """

    def __init__(
        self, empty: S, add: Callable[[S, bytes], S], load: Callable[[list[bytes]], S]
    ) -> None:
        self.sums = empty
        self.epoch: int | None = None
        self.next = 0
        self.watermark = 0
        self.base = -1
        self.topic_id = ""
        self.counted = False
        self.skips: list[Skip] = []
        self._add = add
        self._load = load
        self._keeps_sums = True
        # Of the claim that holds; the sums are of that topic once something counts under it.
        self._claimed = ""
        self._parts: list[bytes] = []
        self._first: Base | None = None
        self._first_part = -1

    def count_only(self) -> S:
        """Hand the sums over; from here on it says what counts, and reads no body."""
        sums, self._keeps_sums = self.sums, False
        del self.sums
        self._parts = [b""] * len(self._parts)
        return sums

    def take(self, offset: int, record: AnyLogRecord) -> Verdict:
        """Count a record, or not; says which."""
        if isinstance(record, Claim):
            self.epoch = offset
            self._claimed = record.topic_id
            self._parts = []
            return Verdict.CLAIM
        if self.epoch is None and isinstance(record, Base):
            self.epoch = record.epoch
            self._claimed = record.topic_id
        if record.epoch != self.epoch:
            return Verdict.FOREIGN
        if isinstance(record, Base):
            return self._take_part(offset, record)
        return self._take_range(record)

    def _take_range(self, record: Delta | Skip) -> Verdict:
        self._parts = []
        if record.begin != self.next or record.end < record.begin:
            return Verdict.GAP
        if isinstance(record, Skip):
            self._count(record.end)
            self.skips.append(record)
            return Verdict.SKIP
        if self._keeps_sums:
            self.sums = self._add(self.sums, record.body)
        self._count(record.end)
        self.watermark = max(self.watermark, record.watermark)
        return Verdict.DELTA

    def _take_part(self, offset: int, base: Base) -> Verdict:
        if base.part == 0:
            self._parts, self._first, self._first_part = [], base, offset
        elif self._first is None or len(self._parts) != base.part or self._first.end != base.end:
            self._parts = []
            return Verdict.GAP
        self._parts.append(base.body if self._keeps_sums else b"")
        if len(self._parts) < base.parts:
            return Verdict.PART
        if self._keeps_sums:
            self.sums = self._load(self._parts)
        self._count(base.end)
        self.watermark = max(self.watermark, base.watermark)
        self.base = self._first_part
        self.skips = []
        self._parts = []
        return Verdict.BASE

    def _count(self, end: int) -> None:
        self.next = end
        self.counted = True
        self.topic_id = self._claimed or self.topic_id
