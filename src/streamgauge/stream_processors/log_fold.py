"""The one rule by which everybody reads a state log: owner, restore, merge and auditor. Pure."""

from collections.abc import Callable
from enum import Enum
from typing import Generic, TypeVar

from streamgauge.stream_processors.log_record import AnyLogRecord, Base, Claim, Delta

S = TypeVar("S")


class Verdict(Enum):
    """What a record was to the fold."""

    CLAIM = "claim"
    DELTA = "delta"
    BASE = "base"
    PART = "part"
    FOREIGN = "foreign"
    GAP = "gap"


class Fold(Generic[S]):
    """The sums that a log says, record by record in the order of its offsets.

    A claim sets the epoch. A delta or base of another epoch is foreign, of an owner that has been
    replaced. A delta that does not begin where the last one ended is a gap and does not count. A
    base replaces all sums once its parts have come one after another. `next` is the source offset
    up to which the sums stand.

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
        self._add = add
        self._load = load
        self._parts: list[Base] = []
        self._first_part = -1

    def take(self, offset: int, record: AnyLogRecord) -> Verdict:
        """Count a record, or not; says which."""
        if isinstance(record, Claim):
            self.epoch = offset
            self._parts = []
            return Verdict.CLAIM
        if self.epoch is None and isinstance(record, Base):
            self.epoch = record.epoch
        if record.epoch != self.epoch:
            return Verdict.FOREIGN
        if isinstance(record, Base):
            return self._take_part(offset, record)
        return self._take_delta(record)

    def _take_delta(self, delta: Delta) -> Verdict:
        self._parts = []
        if delta.begin != self.next:
            return Verdict.GAP
        self.sums = self._add(self.sums, delta.body)
        self.next = delta.end
        self.watermark = max(self.watermark, delta.watermark)
        return Verdict.DELTA

    def _take_part(self, offset: int, base: Base) -> Verdict:
        if base.part == 0:
            self._parts, self._first_part = [], offset
        elif len(self._parts) != base.part or self._parts[0].end != base.end:
            self._parts = []
            return Verdict.GAP
        self._parts.append(base)
        if len(self._parts) < base.parts:
            return Verdict.PART
        self.sums = self._load([part.body for part in self._parts])
        self.next = base.end
        self.watermark = max(self.watermark, base.watermark)
        self.base = self._first_part
        self._parts = []
        return Verdict.BASE
