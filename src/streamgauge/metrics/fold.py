"""Adds batches of events to the open windows of their partition."""

from collections.abc import Iterator, Sequence
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics import category, summary
from streamgauge.metrics.column import Columns, Floats, Ints, columns
from streamgauge.metrics.heartbeat import Pulse
from streamgauge.metrics.open_window import OpenWindows
from streamgauge.metrics.sample import Drawn, hashes
from streamgauge.metrics.summary import Summary

_SERIES = attrgetter("model", "version")


def add_predictions(
    opened: OpenWindows[Summary], events: Sequence[Prediction], offsets: Ints
) -> None:
    """Count predictions into their windows; those of closed windows count as late.

    `offsets` has one entry an event, ascending. The sums are numpy's; Python sees each event only
    to read its attributes.
    """
    if not events:
        return
    batch = columns(events)
    known: dict[tuple[str, str], int] = {}
    series = np.array(
        [known.setdefault(pair, len(known)) for pair in map(_SERIES, events)], np.int64
    )
    starts = batch.ts - batch.ts % opened.widths.width
    if (late := _late(opened, batch.ts, starts)) is not None:
        opened.late += int((late & (offsets >= opened.counted_to)).sum())
        # A late event is never the newest, so the others move the watermark as far without it.
        kept = np.flatnonzero(~late).tolist()
        add_predictions(opened, [events[place] for place in kept], offsets[kept])
        return
    windows, place = np.unique(starts, return_inverse=True)
    groups, group = np.unique(place * len(known) + series, return_inverse=True)
    cells = summary.count(batch, group, len(groups))
    rank = np.array(hashes(event.id for event in events), np.int64)
    labels = list(known)
    named = batch.fallback.any() or any(name is not None for name in batch.category)
    for index, code in enumerate(groups):
        start = int(windows[code // len(known)])
        members = np.flatnonzero(group == index)
        window = opened.open(start, int(offsets[members[0]]))
        key = labels[code % len(known)]
        held = window.total(key, summary.nothing)
        held.cells += cells[index]
        held.as_of = max(held.as_of, int(batch.ts[members].max()))
        if named:
            _add_names(held, batch, members)
        entering = members[rank[members] <= held.draw.limit]
        if len(entering):
            held.draw.add(_drawn(events, batch, rank, entering))
    opened.advance(int(batch.ts.max()) - opened.widths.delay)


def _late(opened: OpenWindows[Summary], ts: Ints, starts: Ints) -> NDArray[np.bool_] | None:
    """Which events came after their window was closed, None for none.

    What the events before it say decides, so that the answer is the same however batches are cut.
    """
    widths = opened.widths
    reached = max(opened.watermark, int(ts.max()) - widths.delay)
    if int(starts.min()) >= widths.closed_before(reached):
        return None
    passed = np.concatenate(([opened.watermark], ts[:-1] - widths.delay))
    bound = np.maximum.accumulate(passed) - widths.lateness
    late = np.less(starts, bound - bound % widths.width)
    return late if late.any() else None


def _add_names(held: Summary, batch: Columns, members: Ints) -> None:
    held.classes = category.merge(
        held.classes, category.tally(batch.category[member] for member in members)
    )
    held.reasons = category.merge(
        held.reasons, category.tally(batch.reason[member] for member in members)
    )


def _drawn(
    events: Sequence[Prediction], batch: Columns, rank: Ints, entering: Ints
) -> Iterator[Drawn]:
    value = batch.value[entering]
    score = np.where(np.isfinite(value), value, batch.confidence[entering])
    return map(
        Drawn,
        rank[entering].tolist(),
        [events[member].id for member in entering],
        batch.ts[entering].tolist(),
        _known(score),
        _known(batch.latency[entering]),
        (batch.error[entering] > 1).astype(int).tolist(),
    )


def _known(values: Floats) -> list[float | None]:
    """Numbers as JSON can hold them: NaN is None."""
    if np.isfinite(values).all():
        return list(values.tolist())
    return [value if np.isfinite(value) else None for value in values.tolist()]


def add_heartbeats(opened: OpenWindows[Pulse], beats: Sequence[Heartbeat], offsets: Ints) -> None:
    """Count heartbeats into the windows of their services."""
    for beat, offset in zip(beats, offsets, strict=True):
        start = opened.widths.start(beat.ts)
        if start < opened.closed_before:
            opened.late += int(offset >= opened.counted_to)
            continue
        opened.open(start, int(offset)).total((beat.service,), Pulse).add([beat])
        opened.advance(beat.ts - opened.widths.delay)
