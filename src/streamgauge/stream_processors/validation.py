"""What of a record batch is taken: events that decode, are safe, and of a possible age."""

from collections.abc import Callable, Iterator, Sequence
from itertools import compress
from operator import itemgetter
from typing import Any, Protocol

import msgspec
import numpy as np

from streamgauge.contracts.dead_letter import DeadLetter, Reject, bury
from streamgauge.contracts.event_reader import Decoded
from streamgauge.metrics import gather
from streamgauge.metrics.column import Ints
from streamgauge.settings import Window
from streamgauge.stream_processors.record_batch import RecordBatch
from streamgauge.stream_processors.skipped import Skipped

Rejects = list[tuple[int, Reject]]
_MS = 1_000


class Readable(Protocol):
    """What validation asks of a source topic."""

    @property
    def decode(self) -> Callable[[Sequence[bytes | None]], Decoded[Any]]:
        """How its bytes are read, see `contracts.codec.batch_decoder`."""


class Ages(msgspec.Struct, frozen=True):
    """How old an event may be when the broker gets it, and how far ahead of that, in ms."""

    past: int
    ahead: int

    @classmethod
    def of(cls, window: Window) -> "Ages":
        """The limits that the settings state."""
        return cls(int(window.max_age * _MS), int(window.max_ahead * _MS))

    def judge(self, ts: int, now: int) -> Reject | None:
        """Why an event of that time is not taken, which the broker got at `now`.

        >>> Ages(past=10, ahead=5).judge(106, now=100).reason
        'ts_future'
        """
        if ts > now + self.ahead:
            return Reject("ts_future", f"{(ts - now) / _MS:.0f} s ahead of the clock")
        if ts < now - self.past:
            return Reject("ts_past", f"{(now - ts) / _MS:.0f} s old")
        return None


class Read(msgspec.Struct):
    """A batch after validation: every offset of it is in `offsets`, `rejects` or `skipped`.

    `offsets` are those of `events`; `rejects` come with their offsets, ascending, and `refused`
    holds their records. `unknown` events had fields that nobody knows.
    """

    events: list[Any]
    offsets: Ints
    rejects: Rejects
    refused: list[Any]
    skipped: tuple[Skipped, ...]
    unknown: int

    def rejected(self, since: int) -> int:
        """How many offsets were refused, from offset `since` on."""
        single = sum(offset >= since for offset, _ in self.rejects)
        return single + sum(one.count(since) for one in self.skipped)

    def refuse(self, more: Rejects, batch: RecordBatch) -> "Read":
        """The same with more rejects; whose events those were, the caller has left out."""
        if not more:
            return self
        rejects = sorted([*self.rejects, *more], key=itemgetter(0))
        refused = list(batch.records(batch.places([offset for offset, _ in rejects])))
        return msgspec.structs.replace(self, rejects=rejects, refused=refused)

    def letters(self, topic: str, partition: int, since: int) -> Iterator[DeadLetter]:
        """The dead letters of what was refused, from offset `since` on."""
        for (offset, reject), record in zip(self.rejects, self.refused, strict=True):
            if offset >= since and reject.leaves_letter:
                yield bury(
                    reject,
                    topic=topic,
                    partition=partition,
                    offset=offset,
                    value=record.value,
                    key=record.key,
                    append_ts=record.timestamp or 0,
                )
        for one in self.skipped:
            if one.count(since):
                yield one.letter(topic, partition)


def read(source: Readable, batch: RecordBatch, *, skip_to: int, ages: Ages, now: int) -> Read:
    """Decode the records of a batch from offset `skip_to` on, and check their ages.

    An age is that at which the broker got the event: the same today and in a year, whatever the
    clock here says. `now` stands in where the broker has not set a time.
    """
    begin = int(batch.places(skip_to))
    offsets = batch.offsets[begin:]
    events, rejected, unknown = source.decode(batch.values[begin:] if begin else batch.values)
    rejects = [(int(offsets[place]), reject) for place, reject in rejected]
    offsets = np.delete(offsets, [place for place, _ in rejected])
    ts = gather.ints(events, "ts")
    oldest, newest = batch.appended or (now, now)
    if len(ts) and (ts.max() > oldest + ages.ahead or ts.min() < newest - ages.past):
        times = np.array(batch.times(offsets, now), np.int64)
        fine = (ts <= times + ages.ahead) & (ts >= times - ages.past)
        rejects += [
            (int(offsets[place]), reject)
            for place in np.flatnonzero(~fine).tolist()
            if (reject := ages.judge(int(ts[place]), int(times[place])))
        ]
        events, offsets = list(compress(events, fine.tolist())), offsets[fine]
    skipped = tuple(one for one in batch.skipped if one.next > skip_to)
    return Read(events, offsets, [], [], skipped, unknown).refuse(rejects, batch)
