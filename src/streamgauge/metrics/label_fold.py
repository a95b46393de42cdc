"""Adds labels to what is pending: by when their truth came, and by the day of the prediction."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from streamgauge.metrics.category import Counts
from streamgauge.metrics.column import Ints
from streamgauge.metrics.dimension import valued
from streamgauge.metrics.label import Label
from streamgauge.metrics.label_column import LabelColumns, arrived, cohort
from streamgauge.metrics.layout import Added
from streamgauge.metrics.pending import Pending
from streamgauge.metrics.series_table import SeriesTable
from streamgauge.metrics.total import Total


def add_labels(
    pending: Pending,
    labels: Sequence[Label],
    appended: Ints | None = None,
    dimensions: Sequence[str] = (),
    positive: Mapping[str, str] | None = None,
) -> None:
    """Count labels; one whose window is closed counts as late, and still in its day.

    `appended` is when the broker got each outcome, where that is earlier than what some say of
    themselves. `positive` names the positive class of a model.
    """
    if not labels:
        return
    came = arrived(labels, positive)
    clock = came.ts if appended is None else np.minimum(came.ts, appended)
    starts = came.ts - came.ts % pending.widths.width
    late = pending.late_of(clock, starts)
    if late is not None:
        pending.late += len(late)
    _count(pending, labels, came, starts, late, dimensions)
    reached = np.maximum.accumulate(np.maximum(clock - pending.widths.delay, pending.watermark))
    pending.advance(int(reached[-1]))
    days = pending.cohort
    if days is not None:
        about = cohort(labels, positive)
        starts = about.ts - about.ts % days.widths.width
        # A day is closed by the labels up to this one, so that batches may be cut anywhere.
        bound = np.maximum(reached, days.watermark)[about.label] - days.widths.lateness
        past = np.flatnonzero(starts < bound - bound % days.widths.width)
        _count(days, labels, about, starts, past, dimensions)
        days.advance(pending.watermark)


def _count(  # noqa: PLR0917 all of one batch
    pending: Pending,
    labels: Sequence[Label],
    batch: LabelColumns,
    starts: Ints,
    left_out: Ints | None,
    dimensions: Sequence[str],
) -> None:
    counted = np.ones(len(batch), np.bool_)
    if left_out is not None:
        counted[left_out] = False
    for start in np.unique(starts[counted]).tolist():
        places = np.flatnonzero(counted & (starts == start))
        some = _only(batch, places)
        _count_window(pending.total(start), labels, some, dimensions)


def _count_window(
    total: Total, labels: Sequence[Label], batch: LabelColumns, dimensions: Sequence[str]
) -> None:
    of = [labels[place] for place in batch.label.tolist()]
    full, brief = total.series, total.brief
    marks = full.layout.marks(batch)
    rows = full.place([(one.model, one.version) for one in of])
    _add(full, rows, full.layout.lay(marks, len(batch)), batch)
    for name, values in valued(of, dimensions):
        held = [(place, value) for place, value in enumerate(values) if value is not None]
        keys = [(of[place].model, of[place].version, name, value) for place, value in held]
        part = _only(batch, np.array([place for place, _ in held], np.int64))
        added = brief.layout.lay(brief.layout.marks(part), len(part))
        _add(brief, brief.place(keys), added, part)


def _only(batch: LabelColumns, places: Ints) -> LabelColumns:
    """Some rows of a batch."""
    chosen = places.tolist()
    some: dict[str, Any] = {
        name: [column[place] for place in chosen] if isinstance(column, list) else column[places]
        for name, column in batch._asdict().items()
    }
    return LabelColumns(**some)


def _add(table: SeriesTable, rows: Ints, added: Added, batch: LabelColumns) -> None:
    table.mark(rows, added)
    np.maximum.at(table.flat("as_of"), rows, batch.ts)
    keys = table.keys
    weights = batch.weight.tolist()
    for name, column in table.layout.names(batch).items():
        found: dict[int, Counts] = {}
        for row, value, weight in zip(rows.tolist(), column, weights, strict=True):
            if value is not None:
                counts = found.setdefault(row, {})
                counts[value] = counts.get(value, 0) + weight
        for row, counts in found.items():
            table.add_names(keys[row], {name: counts})
