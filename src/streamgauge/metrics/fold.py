"""Adds batches of predictions and heartbeats to what is pending of their partition."""

from collections.abc import Container, Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics import gather
from streamgauge.metrics.cap import Key
from streamgauge.metrics.column import Columns, Floats, Ints, columns
from streamgauge.metrics.dimension import FIELDS
from streamgauge.metrics.heartbeat import Pulse
from streamgauge.metrics.layout import Added
from streamgauge.metrics.pending import Pending
from streamgauge.metrics.profile import Features
from streamgauge.metrics.purpose import INFERENCE
from streamgauge.metrics.sample import Draw, Drawn, carried
from streamgauge.metrics.schema import Schema
from streamgauge.metrics.series_table import SeriesTable
from streamgauge.metrics.total import Total

_FEATURES = attrgetter("features")
_PURPOSE = attrgetter("purpose")
# A time that moves no watermark.
_NEVER = -(2**62)
Series = list[tuple[str, str]]


class Models(NamedTuple):
    """The model versions of a batch, which each event is of, and what their features count on."""

    series: Series
    code: Ints
    schemas: list[Schema | None]


def add_predictions(
    pending: Pending,
    events: Sequence[Prediction],
    appended: Ints | None = None,
    dimensions: Sequence[str] = (),
) -> None:
    """Count predictions into their windows; those of closed windows count as late.

    `appended` is when the broker got each event, where that is earlier than what some event says
    of itself: a clock that is ahead must not move the watermark. The sums are numpy's; Python sees
    each event only to read its attributes.
    """
    if not events:
        return
    events = events if type(events) is list else list(events)
    if gather.others(events, "purpose", INFERENCE):
        purposes = set(map(_PURPOSE, events))
        if purposes != {INFERENCE}:
            _add_apart(pending, events, appended, dimensions, purposes)
            return
    batch = columns(events)
    clock = batch.ts if appended is None else np.minimum(batch.ts, appended)
    starts = batch.ts - batch.ts % pending.widths.width
    late = pending.late_of(clock, starts)
    if late is not None:
        pending.late += len(late)
        # A late event is never the newest, so the others move the watermark as far without it.
        _add_some(pending, events, appended, dimensions, np.delete(np.arange(len(events)), late))
        return
    first = int(starts[0])
    if (starts != first).any():
        for start in np.unique(starts).tolist():
            some = [events[place] for place in np.flatnonzero(starts == start).tolist()]
            _count(pending, start, some, columns(some), dimensions)
    else:
        _count(pending, first, events, batch, dimensions)
    pending.advance(int(clock.max()) - pending.widths.delay)


def _add_apart(
    pending: Pending,
    events: Sequence[Prediction],
    appended: Ints | None,
    dimensions: Sequence[str],
    purposes: set[str],
) -> None:
    """Count predictions that answer nobody as series of their own, without features or values.

    They have no part in the clock either: a training run must not close windows. Who is late is
    decided in the order of all events, so that it does not depend on how batches are cut.
    """
    purpose_of = np.array([event.purpose for event in events])
    answers = purpose_of == INFERENCE
    ts = np.array([event.ts for event in events], np.int64)
    clock = ts if appended is None else np.minimum(ts, appended)
    late = pending.late_of(np.where(answers, clock, _NEVER), ts - ts % pending.widths.width)
    counted = np.ones(len(events), np.bool_)
    if late is not None:
        pending.late += len(late)
        counted[late] = False
    for purpose in sorted(purposes - {INFERENCE}):
        chosen = np.flatnonzero(counted & (purpose_of == purpose)).tolist()
        if chosen:
            _count_apart(pending, [events[place] for place in chosen], purpose)
    # A late event is never the newest, so the others move the watermark as far without it.
    _add_some(pending, events, appended, dimensions, np.flatnonzero(counted & answers))


def _count_apart(pending: Pending, events: Sequence[Prediction], purpose: str) -> None:
    """Count events of one purpose into their windows."""
    ts = np.array([event.ts for event in events], np.int64)
    starts = ts - ts % pending.widths.width
    for start in np.unique(starts).tolist():
        chosen = [events[place] for place in np.flatnonzero(starts == start).tolist()]
        part = columns(chosen)
        table = pending.total(start).series
        rows = table.place([(one.model, one.version, purpose) for one in chosen])
        table.mark(rows, table.layout.lay(table.layout.marks(part), len(chosen)))
        np.maximum.at(table.flat("as_of"), rows, part.ts)
        table.mark_names(rows, table.layout.names(part))


def _add_some(
    pending: Pending,
    events: Sequence[Prediction],
    appended: Ints | None,
    dimensions: Sequence[str],
    places: Ints,
) -> None:
    chosen = [events[place] for place in places.tolist()]
    add_predictions(pending, chosen, None if appended is None else appended[places], dimensions)


def _count(
    pending: Pending,
    start: int,
    events: Sequence[Prediction],
    batch: Columns,
    dimensions: Sequence[str],
) -> None:
    """Count events of one window."""
    total = pending.total(start)
    code, series = gather.pairs(batch.events, "model", "version")
    table = total.series
    rows = pending.place(start, table, series)[code]
    layout = table.layout
    marks = layout.marks(batch)
    table.mark(rows, layout.lay(marks, len(events)))
    np.maximum.at(table.flat("as_of"), rows, batch.ts)
    table.mark_names(rows, layout.names(batch))
    _draw(table, events, batch, rows)
    if dimensions:
        added = total.brief.layout.lay(marks, len(events))
        for name in dimensions:
            field = (name,) if name in FIELDS else ("dimensions", name)
            of, values = gather.entries(batch.events, *field)
            if values != [None]:
                _add_dimension(total, name, (of, values), series, code, batch.ts, added)
    features = list(map(_FEATURES, events))
    schemas = [pending.grids.of(*model, start) for model in series] if pending.grids else []
    total.profile.count(series, code, features, schemas)
    for name, wanted in total.shape.segments.items():
        if name in dimensions:
            models = Models(series, code, schemas)
            _add_segments(total, name, wanted, batch.events, models, features)


def _add_segments(  # noqa: PLR0917 all of one batch
    total: Total,
    name: str,
    wanted: Container[str],
    events: list[Prediction],
    models: Models,
    features: list[Features],
) -> None:
    """Count the features of events that have a declared value of a dimension."""
    series, code, schemas = models
    of, names = gather.entries(events, *((name,) if name in FIELDS else ("dimensions", name)))
    declared = np.array([value is not None and value in wanted for value in names], np.bool_)
    places = np.flatnonzero(declared[of])
    if len(places):
        used, at = np.unique(code[places] * len(names) + of[places], return_inverse=True)
        keys = [(*series[one // len(names)], name, str(names[one % len(names)])) for one in used]
        theirs = [schemas[one // len(names)] for one in used] if schemas else []
        total.profile.count(keys, at, [features[place] for place in places.tolist()], theirs)


def _add_dimension(  # noqa: PLR0917 all of one batch, computed once for every dimension
    total: Total,
    name: str,
    values: tuple[Ints, list[str | None]],
    series: Series,
    code: Ints,
    ts: Ints,
    added: Added,
) -> None:
    """Count events under their value of a dimension; those without one are in the series only."""
    of, names = values
    pair = code * len(names) + of
    used = np.flatnonzero(np.bincount(pair))
    keys: list[Key] = []
    places_of: list[int] = []
    for one in used.tolist():
        value = names[one % len(names)]
        if value is not None:
            keys.append((*series[one // len(names)], name, value))
            places_of.append(one)
    table = total.brief
    places = np.full(len(series) * len(names), -1, np.int64)
    places[places_of] = table.place(keys)
    rows = places[pair]
    if None in names:
        counted = rows >= 0
        added = added.only(counted)
        table.mark(rows, added)
        rows, ts = rows[counted], ts[counted]
    else:
        table.mark(rows, added)
    np.maximum.at(table.flat("as_of"), rows, ts)


def _draw(table: SeriesTable, events: Sequence[Prediction], batch: Columns, rows: Ints) -> None:
    """Let the events whose hashes are small enough into the samples of their series."""
    rank = gather.ranks(batch.events, "id")
    limits = table.flat("limit")
    entering = np.flatnonzero(rank <= limits[rows])
    if not len(entering):
        return
    keys = table.keys
    by_row: dict[int, list[Drawn]] = {}
    for row, one in zip(
        rows[entering].tolist(), _drawn(events, batch, rank, entering), strict=True
    ):
        by_row.setdefault(row, []).append(one)
    for row, drawn in by_row.items():
        draw = table.draws.setdefault(keys[row], Draw())
        draw.add(drawn)
        limits[row] = min(limits[row], draw.limit)


def _drawn(
    events: Sequence[Prediction], batch: Columns, rank: Ints, entering: Ints
) -> Iterator[Drawn]:
    value = batch.value[entering]
    score = np.where(np.isfinite(value), value, batch.confidence[entering])
    return map(
        Drawn,
        rank[entering].tolist(),
        [events[member].id for member in entering.tolist()],
        batch.ts[entering].tolist(),
        _known(score),
        _known(batch.latency[entering]),
        (batch.error[entering] > 1).astype(int).tolist(),
        carried([events[member].features for member in entering.tolist()]),
    )


def _known(values: Floats) -> list[float | None]:
    """Numbers as JSON can hold them: NaN is None."""
    if np.isfinite(values).all():
        return list(values.tolist())
    return [value if np.isfinite(value) else None for value in values.tolist()]


def add_heartbeats(
    pending: Pending,
    beats: Sequence[Heartbeat],
    appended: Ints | None = None,
    _dimensions: Sequence[str] = (),
) -> None:
    """Count heartbeats into the windows of their services."""
    for place, beat in enumerate(beats):
        start = pending.widths.start(beat.ts)
        if start < pending.closed_before:
            pending.late += 1
            continue
        pulse = Pulse()
        pulse.add([beat])
        pending.total(start).add_pulses({(beat.service,): pulse})
        clock = beat.ts if appended is None else min(beat.ts, int(appended[place]))
        pending.advance(clock - pending.widths.delay)
