"""Raw events of one partition, many at a time, as columns."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np

from streamgauge.metrics.column import Ints
from streamgauge.stream_processors.skipped import Skipped


class Record(NamedTuple):
    """One of them; its time is in milliseconds since 1970, 0 or below if nobody has set one."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


class RecordBatch:
    """Raw events in offset order, and the offsets that the fetch proves to hold nothing else.

    Everything from `first` up to, not including, `next` was in the log as shown here: `values` are
    what is left of it after compaction, control records and aborted transactions, with their
    `offsets` and times (`stamps`); `keys` is None where no record has one. `skipped` are record
    batches in between that cannot be opened: events were there, but nobody can read them.
    `appended` are bounds of the times in milliseconds at which the broker got the records; None
    where the broker has not said so. `weight` is how many bytes the values have.
    """

    __slots__ = (
        "appended",
        "first",
        "keys",
        "next",
        "offsets",
        "skipped",
        "stamps",
        "values",
        "weight",
    )

    def __init__(
        self,
        first: int,
        next_offset: int,
        values: list[bytes | None],
        offsets: Ints,
        stamps: Ints,
        *,
        keys: list[bytes | None] | None = None,
        skipped: tuple[Skipped, ...] = (),
        appended: tuple[int, int] | None = None,
        weight: int | None = None,
    ) -> None:
        self.first = first
        self.next = next_offset
        self.values = values
        self.offsets = offsets
        self.stamps = stamps
        self.keys = keys
        self.skipped = skipped
        self.appended = appended
        self.weight = sum(map(len, filter(None, values))) if weight is None else weight

    @classmethod
    def of(
        cls,
        first: int,
        next_offset: int,
        records: Iterable[Any],
        skipped: tuple[Skipped, ...] = (),
        appended: tuple[int, int] | None = None,
    ) -> "RecordBatch":
        """A batch of records, which have the fields of `Record`."""
        rows = list(records)
        return cls(
            first,
            next_offset,
            [one.value for one in rows],
            np.array([one.offset for one in rows], np.int64),
            np.array([one.timestamp or 0 for one in rows], np.int64),
            keys=[one.key for one in rows],
            skipped=skipped,
            appended=appended,
        )

    def __len__(self) -> int:
        return len(self.values)

    def records(self, places: Sequence[int] | Ints | None = None) -> Iterator[Record]:
        """The records at some places, or all."""
        at = np.arange(len(self)) if places is None else np.asarray(places, np.int64)
        keys, values = self.keys, self.values
        return map(
            Record,
            self.offsets[at].tolist(),
            self.stamps[at].tolist(),
            repeat(None) if keys is None else [keys[place] for place in at.tolist()],
            [values[place] for place in at.tolist()],
        )

    def places(self, offsets: Sequence[int] | Ints | int) -> Ints:
        """The places of the first records at these offsets or behind them."""
        return np.asarray(np.searchsorted(self.offsets, offsets), np.int64)

    def times(self, offsets: Sequence[int] | Ints, now: int) -> list[int]:
        """When the broker got the records at these offsets; `now` where it has not said so."""
        if self.appended is None:
            return [now] * len(offsets)
        times: list[int] = self.stamps_of(offsets).tolist()
        return times

    def stamps_of(self, offsets: Sequence[int] | Ints) -> Ints:
        """The times of the records at these offsets."""
        return np.asarray(self.stamps[self.places(offsets)], np.int64)
