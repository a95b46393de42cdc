"""One partition of a state log that this process owns."""

from collections.abc import Callable
from typing import Generic, TypeVar

from streamgauge.logs import log
from streamgauge.stream_processors.log_owner import (
    Append,
    Commit,
    Instruction,
    Owner,
    Resume,
    Stop,
)
from streamgauge.stream_processors.log_record import AnyLogRecord, Skip
from streamgauge.stream_processors.log_tail import Heard

S = TypeVar("S")
# The client refuses messages above 8 MB, before it compresses them.
BODY_BYTES = 7_000_000


class Held(Generic[S]):
    """Sums as they were restored, and the way to write more of them.

    `sums` are the stage's from here on: it adds to them itself. `next` is the source offset up to
    which they are written. `stopped` says why this process must end (exit 75): nothing that it
    writes counts any more. `skips` are the incidents that the stage has to report, found now or
    told before and not covered by a base yet. `commit` is the newest offset that may be committed.
    `drift` is how far the broker's clock is ahead of the monotonic one here, in milliseconds, or
    less: the records of the log prove it.
    """

    def __init__(
        self,
        partition: int,
        owner: Owner[S],
        put: Callable[[int, AnyLogRecord], None],
        claim: int,
        told: list[Instruction],
    ) -> None:
        fold = owner.fold
        self.partition = partition
        self.stopped: str | None = None
        self.commit: int | None = None
        self.watermark = fold.watermark
        self.skips = [skip for skip in fold.skips if skip.cause != "start"]
        self.foreign = 0
        self.drift: float | None = None
        self._owner = owner
        self._put = put
        self._heard = claim
        for instruction in told:
            if isinstance(instruction, Append) and isinstance(instruction.record, Skip):
                skip = instruction.record
                self.skips += [skip] if skip.cause != "start" else []
        self._follow(told)
        self.sums = fold.count_only()

    @property
    def next(self) -> int:
        """The source offset to go on with; events below it are in the sums already."""
        return self._owner.written

    @property
    def counted(self) -> int:
        """The source offset up to which deltas are known to count."""
        return self._owner.fold.next

    @property
    def topic_id(self) -> str:
        """Kafka's id of the source that the sums are of; "" before anything counts."""
        return self._owner.fold.topic_id

    @property
    def settled(self) -> bool:
        """Whether all that was written is known to count."""
        return self.counted >= self.next

    @property
    def base(self) -> int:
        """The log offset of the newest base that counts; -1 without one."""
        return self._owner.fold.base

    @property
    def lost(self) -> tuple[int, int] | None:
        """The source offsets that retention took before they were counted: from, up to."""
        ranges = [(one.begin, one.end) for one in self.skips if one.cause == "data_loss"]
        return ranges[-1] if ranges else None

    @property
    def state_lost(self) -> bool:
        """Whether the sums were gone although offsets had been committed."""
        return any(one.cause == "state_lost" for one in self.skips)

    def broker_time(self, at: float) -> int | None:
        """What the broker's clock said at a time of the monotonic clock in seconds, or less."""
        return None if self.drift is None else int(at * 1_000 + self.drift)

    def take_commit(self) -> int | None:
        """The newest counted offset that was not taken yet."""
        commit, self.commit = self.commit, None
        return commit

    def flush(self, end: int, watermark: int, body: bytes) -> None:
        """Write one delta: what the events from `next` up to `end` add.

        `end` may be `next`: then time has passed, or something else than events is new. A delta
        is one record, so that it counts or does not; `ValueError` above 7 MB.
        """
        _check(body)
        if self.stopped is None and end < self.next:
            raise ValueError(f"a delta up to {end} after one up to {self.next}")
        self._follow(self._owner.flush(end, watermark, body))

    def rebase(self, parts: list[bytes], watermark: int) -> None:
        """Write all sums up to `next`, so that a restore starts here; call it after a flush."""
        for part in parts:
            _check(part)
        self._follow(self._owner.rebase(parts, watermark))

    def hear(self, offset: int, record: Heard) -> None:
        """Take a record that the tail has read."""
        if self.stopped is not None:
            return
        if offset <= self._heard:
            self.fail(f"the log went back from {self._heard} to {offset}: it was made anew")
            return
        self._heard = offset
        if isinstance(record, Exception):
            self.fail(f"record {offset} of the log: {record}")
        elif record is None:
            self.foreign += 1
            log.error("foreign bytes in a state log", partition=self.partition, offset=offset)
        else:
            self._follow(self._owner.tail(offset, record))

    def fail(self, reason: str) -> None:
        """Nobody knows what became of a record: the log does, we do not."""
        if self.stopped is None:
            self._follow(self._owner.fail(reason))

    def _follow(self, told: list[Instruction]) -> None:
        for instruction in told:
            if isinstance(instruction, Append):
                self._put(self.partition, instruction.record)
            elif isinstance(instruction, Commit):
                self.commit = instruction.offset
            elif isinstance(instruction, Stop):
                self.stopped = instruction.reason
            else:
                assert isinstance(instruction, Resume)


def _check(body: bytes) -> None:
    if len(body) > BODY_BYTES:
        raise ValueError(f"{len(body)} bytes in one record of a state log: {BODY_BYTES} fit")
