"""Adds usage and feedback to what is pending, by experiment and arm."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from streamgauge.metrics.column import Ints
from streamgauge.metrics.event_column import event_columns
from streamgauge.metrics.pending import Pending


def add_events(pending: Pending, events: Sequence[Any], appended: Ints | None = None) -> None:
    """Count events into their windows; those of closed windows count as late."""
    if not events:
        return
    ts = np.array([event.ts for event in events], np.int64)
    clock = ts if appended is None else np.minimum(ts, appended)
    starts = ts - ts % pending.widths.width
    late = pending.late_of(clock, starts)
    counted = np.ones(len(events), np.bool_)
    if late is not None:
        pending.late += len(late)
        counted[late] = False
    for start in np.unique(starts[counted]).tolist():
        places = np.flatnonzero(counted & (starts == start))
        batch = event_columns([events[place] for place in places.tolist()])
        table = pending.total(start).series
        rows = table.place(batch.series)
        table.mark(rows, table.layout.lay(table.layout.marks(batch), len(batch)))
        np.maximum.at(table.flat("as_of"), rows, batch.ts)
        table.mark_names(rows, table.layout.names(batch))
    pending.advance(int(clock.max()) - pending.widths.delay)
