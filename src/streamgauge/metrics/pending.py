"""What has come since the last flush of one source partition, and how far its clock has got."""

from collections.abc import Sequence

import numpy as np

from streamgauge.metrics.column import Ints
from streamgauge.metrics.rollup import Rollup
from streamgauge.metrics.schema import Grids
from streamgauge.metrics.series_table import SeriesTable
from streamgauge.metrics.total import Total
from streamgauge.metrics.window import Widths

# Strangers who make names up fill this in no time; then it is flushed early.
FULL_BYTES = 64 << 20


class Pending:
    """Totals by the start of their base window, on top of what `rollup` holds already.

    `watermark` trails the newest event; an event of a window that it has closed counts as `late`.
    """

    def __init__(self, rollup: Rollup, watermark: int = 0, grids: Grids | None = None) -> None:
        self.rollup = rollup
        self.watermark = watermark
        # What features are counted on where a reference has told it.
        self.grids = Grids() if grids is None else grids
        self.late = 0
        # Where they stood in the last batch, for who wants to see some; who does forgets them.
        self.late_places: Ints | None = None
        self.totals: dict[int, Total] = {}
        # By the day of what the events are about.
        self.cohort: Pending | None = None

    @property
    def widths(self) -> Widths:
        return self.rollup.widths

    @property
    def closed_before(self) -> int:
        """Windows that start before this take nothing any more."""
        return self.widths.closed_before(self.watermark)

    @property
    def full(self) -> bool:
        """Whether this takes so much memory that it should be flushed now."""
        return sum(total.nbytes for total in self.totals.values()) > FULL_BYTES

    def total(self, start: int) -> Total:
        """Where events of the window that starts then are added."""
        held = self.totals.get(start)
        if held is None:
            held = self.totals[start] = Total(self.rollup.shape, fine=True)
        return held

    def place(self, start: int, table: SeriesTable, keys: Sequence[tuple[str, ...]]) -> Ints:
        """The rows of series; a new one starts with the limit of the draw that stands already."""
        before = len(table)
        rows = table.place(keys)
        if len(table) > before and (known := self.rollup.held[0].get(start)) is not None:
            limits = table.column("limit")
            for key, row in zip(keys, rows.tolist(), strict=True):
                if (draw := known.series.draws.get(key)) is not None:
                    limits[row, 0] = min(limits[row, 0], draw.limit)
        return rows

    def advance(self, watermark: int) -> None:
        """Move the watermark forward, never back."""
        self.watermark = max(self.watermark, watermark)

    def late_of(self, clock: Ints, starts: Ints) -> Ints | None:
        """The places of events that came after their window had closed, None for none.

        What the events before it say decides, so that the answer is the same however batches are
        cut. `clock` is the time of each event, or that of the broker where that is earlier.
        """
        widths = self.widths
        reached = max(self.watermark, int(clock.max()) - widths.delay)
        if int(starts.min()) >= widths.closed_before(reached):
            return None
        passed = np.concatenate(([self.watermark], clock[:-1] - widths.delay))
        bound = np.maximum.accumulate(passed) - widths.lateness
        late = np.flatnonzero(starts < bound - bound % widths.width)
        if not len(late):
            return None
        if self.late_places is None:
            self.late_places = late
        return late

    def take(self) -> dict[int, Total]:
        """What is to be flushed; from now on there is nothing again."""
        totals, self.totals = self.totals, {}
        return totals
