"""What `measure` knows of one source partition: its windows and its counts. Pure."""

from collections.abc import Iterator

import numpy as np

from streamgauge.metrics.pending import Pending
from streamgauge.metrics.rollup import DAY, Rollup, levels
from streamgauge.metrics.series_table import SeriesTable
from streamgauge.metrics.total import Shape, Total
from streamgauge.metrics.window import Widths
from streamgauge.stream_processors import state_record
from streamgauge.stream_processors.log_record import UnknownVersionError
from streamgauge.stream_processors.state_record import Body, TotalPart

_ROWS = 64
# (model, version).
_SERIES = 2


class Measured:
    """The sums of all events up to some offset. Owner, restore and merge add the same.

    `closes` says that windows close as the watermark passes them; a reader that has yet to show
    them closes them itself.
    """

    def __init__(self, shape: Shape, widths: Widths, *, closes: bool = True) -> None:
        self._closes = closes
        self.rollup = Rollup(shape, widths, levels(widths.width))
        self.cohort: Rollup | None = None
        if shape.horizon:
            days = Widths(DAY, widths.delay, shape.horizon)
            self.cohort = Rollup(shape.of_days(), days, (DAY,))
        self.tallies = shape.days is not None
        self.watermark = 0
        self.lag = 0
        self.log_bytes = 0
        self.accepted = 0
        self.rejected: dict[str, int] = {}
        self.late = 0
        self.known: dict[str, int] = {}
        # Starts of base windows that deltas have changed; a reader clears it as it likes.
        self.changed: set[int] = set()
        self.changed_days: set[int] = set()

    def add(self, start: int, total: Total) -> None:
        """Add what has come for the base window that starts then."""
        self.rollup.add(start, total)
        if self.cohort is not None and self.tallies:
            day = start - start % DAY
            _tally(self.cohort.total(0, day).series, total.series)
            self.changed_days.add(day)

    def count(self, body: Body) -> None:
        """Take over the counts of a body, and close what its watermark has passed."""
        self.accepted += body.accepted
        for reason, count in body.rejected.items():
            self.rejected[reason] = self.rejected.get(reason, 0) + count
        self.late += body.late
        self.lag = body.lag
        self.log_bytes = body.log_bytes
        self.known = body.known
        self.watermark = max(self.watermark, body.watermark)
        if self._closes:
            self.rollup.close(self.watermark)
        if self.cohort is not None and (self._closes or self.tallies):
            self.cohort.close(self.watermark)

    def part(self, part: TotalPart) -> Rollup:
        """The rollup that a part of a body is of."""
        if not part.cohort:
            return self.rollup
        if self.cohort is None:
            raise UnknownVersionError("days of predictions, where none are counted")
        return self.cohort

    def counts(self) -> Body:
        """The counts as a body that holds nothing else."""
        return Body(
            watermark=self.watermark,
            lag=self.lag,
            log_bytes=self.log_bytes,
            accepted=self.accepted,
            rejected=self.rejected,
            late=self.late,
            known=self.known,
        )


class MeasuredSums:
    """How the state log of `measure` adds up: deltas to windows, windows to bases and back."""

    def __init__(self, shape: Shape, widths: Widths, *, closes: bool = True) -> None:
        self._shape = shape
        self._widths = widths
        self._closes = closes

    def empty(self) -> Measured:
        """What is known before any event."""
        return Measured(self._shape, self._widths, closes=self._closes)

    def add(self, sums: Measured, body: bytes) -> Measured:
        """Add a delta."""
        read = state_record.decode(body)
        for part in read.totals:
            total = self._unpack(part)
            if part.cohort:
                sums.part(part).add(part.start, total)
                sums.changed_days.add(part.start)
            else:
                sums.add(part.start, total)
                sums.changed.add(part.start)
        sums.count(read)
        return sums

    def load(self, parts: list[bytes]) -> Measured:
        """What a base says."""
        sums = self.empty()
        first: Body | None = None
        for body in map(state_record.decode, parts):
            first = first or body
            for part in body.totals:
                self._load(sums, part)
        if first is not None:
            sums.count(first)
        sums.changed |= sums.rollup.starts(0)
        if sums.cohort is not None:
            sums.changed_days |= sums.cohort.starts(0)
        return sums

    def _load(self, sums: Measured, part: TotalPart) -> None:
        rollup = sums.part(part)
        level = rollup.levels.index(part.width)
        total = self._unpack(part)
        if part.fine:
            rollup.profile(level, part.start).add(total.profile)
        else:
            rollup.total(level, part.start).add(total)

    def _unpack(self, part: TotalPart) -> Total:
        return state_record.unpack(part, self._shape.of_days() if part.cohort else self._shape)

    def dump(self, sums: Measured) -> list[bytes]:
        """All windows as the parts of a base, each well below 4 MB."""
        bodies = [state_record.encode(sums.counts())]
        for rollup in filter(None, (sums.rollup, sums.cohort)):
            for part in _parts_of(rollup):
                part.cohort = rollup is sums.cohort
                body = Body(watermark=sums.watermark, totals=[part])
                bodies.append(state_record.encode(body))
        return bodies


def _parts_of(rollup: Rollup) -> Iterator[TotalPart]:
    for level, width in enumerate(rollup.levels):
        for start, total in sorted(rollup.held[level].items()):
            yield from state_record.pack(width, start, total, rows=_ROWS)
        for start, profile in sorted(rollup.fine[level].items()):
            yield from state_record.pack_profile(width, start, profile, rows=_ROWS)


def _tally(day: SeriesTable, window: SeriesTable) -> None:
    """Count the events of a window's series, which their first cell says, in their day's."""
    keys = [key for key in window.keys if len(key) == _SERIES]
    counts = window.column("cells")[[window.rows[key] for key in keys], 0]
    rows = day.place(keys)
    np.add.at(day.flat("cells"), rows * day.layout.width, counts)


def delta(sums: Measured, pending: Pending, counts: Body) -> Body:
    """What is pending as it is written; adds it to the sums, too, and leaves nothing pending."""
    rollup = sums.rollup
    for start, total in sorted(pending.take().items()):
        if len(total.profile):
            total.profile.forget_known(rollup.profile(rollup.first_fine, start))
        counts.totals += state_record.pack(rollup.levels[0], start, total)
        sums.add(start, total)
    if sums.cohort is not None and pending.cohort is not None:
        for start, total in sorted(pending.cohort.take().items()):
            for part in state_record.pack(DAY, start, total):
                part.cohort = True
                counts.totals.append(part)
            sums.cohort.add(start, total)
    sums.count(counts)
    return counts
