"""What of a record batch is taken: events that decode, of a possible age, with safe names."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import msgspec
import numpy as np

from streamgauge.contracts.dead_letter import Reject
from streamgauge.metrics.column import Ints
from streamgauge.settings import Window
from streamgauge.stream_processors.record_batch import RecordBatch

Rejects = list[tuple[int, Reject]]
_MS = 1_000


class Readable(Protocol):
    """What validation asks of a source topic; `names` are those of an event that become labels."""

    @property
    def decode(self) -> Callable[[Sequence[bytes | None]], tuple[list[Any], list[int], Rejects]]:
        """Bytes to events, their places, and what is refused with its place."""

    @property
    def names(self) -> Callable[[Any], Iterable[str]]:
        """The strings of an event that become labels."""


class Ages(msgspec.Struct, frozen=True):
    """How old an event may be, and how far ahead of the clock, in milliseconds."""

    past: int
    ahead: int

    @classmethod
    def of(cls, window: Window) -> "Ages":
        """The limits that the settings state."""
        return cls(int(window.max_age * _MS), int(window.max_ahead * _MS))

    def judge(self, ts: int, now: int) -> Reject | None:
        """Why an event of that time is not taken.

        >>> Ages(past=10, ahead=5).judge(106, now=100).reason
        'ts_future'
        """
        if ts > now + self.ahead:
            return Reject("ts_future", f"{(ts - now) / _MS:.0f} s ahead of the clock")
        if ts < now - self.past:
            return Reject("ts_past", f"{(now - ts) / _MS:.0f} s old")
        return None


class Read(msgspec.Struct):
    """A batch after decoding: events with their offsets, and what was refused with its offset."""

    events: list[Any]
    offsets: Ints
    rejects: Rejects


def read(source: Readable, batch: RecordBatch, *, skip_to: int, ages: Ages, now: int) -> Read:
    """Decode the records of a batch from offset `skip_to` on, and check their ages."""
    records, values = batch.records, batch.values
    if skip_to > batch.first:
        kept = [place for place, one in enumerate(records) if one.offset >= skip_to]
        records, values = [records[i] for i in kept], [values[i] for i in kept]
    if records and records[-1].offset - records[0].offset == len(records) - 1:
        offsets = np.arange(records[0].offset, records[0].offset + len(records))
    else:
        offsets = np.array([one.offset for one in records], np.int64)
    events, places, rejected = source.decode(values)
    rejects = [(int(offsets[place]), reject) for place, reject in rejected]
    if rejects:
        offsets = offsets[places]
    if events:
        oldest, newest = min(event.ts for event in events), max(event.ts for event in events)
        clean = all(map(_is_clean, set(map(source.names, events))))
        if not clean or ages.judge(oldest, now) or ages.judge(newest, now):
            verdicts = [_label(source.names(one)) or ages.judge(one.ts, now) for one in events]
            rejects += [
                (int(offset), verdict)
                for offset, verdict in zip(offsets, verdicts, strict=True)
                if verdict
            ]
            fine = [place for place, verdict in enumerate(verdicts) if verdict is None]
            events, offsets = [events[place] for place in fine], offsets[fine]
    return Read(events, offsets, rejects)


def _is_clean(names: Iterable[str]) -> bool:
    return "".join(names).isprintable()


def _label(names: Iterable[str]) -> Reject | None:
    # What a terminal, a mail or a page would act upon instead of showing it.
    return None if _is_clean(names) else Reject("label_chars", "a name with control characters")
