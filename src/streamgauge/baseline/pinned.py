"""The reference of a version from closed windows of its own stream. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from streamgauge.baseline.closed_window import Windows
from streamgauge.baseline.period import Period
from streamgauge.baseline.tally import Cells, Tally, known_names, sparse
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.reference import (
    CELLS_OF_GROUP,
    FEWEST_ROWS,
    GROUPS,
    AnyField,
    Counted,
    Number,
    Reference,
    freeze,
)
from streamgauge.contracts.summary import Sample, Summary
from streamgauge.metrics import frozen_grid
from streamgauge.metrics.closed import Closed, read_closed
from streamgauge.metrics.column import Ints
from streamgauge.metrics.feature_name import digits


class TooFewError(Exception):
    """A period holds too few predictions to judge others by."""


class _Window(NamedTuple):
    summary: Summary
    closed: Closed


def from_windows(
    model: str, version: str, windows: Windows, period: Period, *, now: int, held: Reference
) -> Reference:
    """The frozen reference of kind `live`, on the grid of the reference that the version has.

    Windows on another grid are left out. Narrow windows know only the groups of a grid; within a
    group their values are spread as in whole hours of the period and in the samples. Raises
    `TooFewError` below 1,000 predictions.
    """
    base = _on_grid(windows.base, held)
    hours = _on_grid(windows.hours, held)
    rows = sum(one.summary.count for one in base)
    if rows < FEWEST_ROWS:
        others = len(windows.base) - len(base)
        left_out = f", {others} more are counted on another grid" if others else ""
        raise TooFewError(_few(model, version, len(base), rows, "predictions") + left_out)
    return _frozen(
        model,
        version,
        [*base, *_read(windows.labels)],
        period,
        now=now,
        rows=rows,
        schema=held.schema,
        effective=held.effective,
        features={name: _counted(name, field, base, hours) for name, field in held.schema.items()},
    )


def from_samples(
    model: str, version: str, windows: Windows, period: Period, *, now: int, effective: int
) -> Reference:
    """The same for a version that has no grid yet: its grid is made from the windows' samples.

    Its features are counted in those samples only, for the windows are counted on another grid;
    they are counted on this one from `effective` (ms) on.
    """
    tally = Tally()
    for one in windows.base:
        drawn = list(_sampled(one, model, version))
        tally.add(drawn, [None] * len(drawn))
    if tally.rows < FEWEST_ROWS:
        raise TooFewError(
            _few(model, version, len(windows.base), tally.rows, "sampled predictions with features")
        )
    schema = tally.schema()
    return _frozen(
        model,
        version,
        _read([*windows.base, *windows.labels]),
        period,
        now=now,
        rows=tally.rows,
        schema=schema,
        effective=effective,
        features=tally.counted(schema),
    )


def _frozen(
    model: str,
    version: str,
    windows: Sequence[_Window],
    period: Period,
    *,
    now: int,
    rows: int,
    schema: Mapping[str, AnyField],
    effective: int,
    features: dict[str, Counted],
) -> Reference:
    return freeze(
        Reference(
            model=model,
            version=version,
            kind="live",
            ts=now,
            rows=rows,
            schema=dict(schema),
            effective=effective,
            features=features,
            cells=_cells(one.closed for one in windows),
            names=_names(one.closed for one in windows),
            start=period.start,
            end=period.end,
        )
    )


def _few(model: str, version: str, windows: int, rows: int, what: str) -> str:
    return (
        f"{model}@{version}: {windows} closed windows with {rows} {what} in this period; "
        f"expected at least {FEWEST_ROWS:,}"
    )


def _read(summaries: Iterable[Summary]) -> list[_Window]:
    return [_Window(one, read_closed(one)) for one in summaries]


def _on_grid(summaries: Iterable[Summary], held: Reference) -> list[_Window]:
    """The windows whose numbers are all counted on the grid of a reference."""
    grid = digits(held.grid)
    numbers = [name for name, field in held.schema.items() if isinstance(field, Number)]
    return [
        window
        for window in _read(summaries)
        if all(
            one.frozen == grid and int(one.grid.sum()) == one.known
            for name in numbers
            if (one := window.closed.features.get(name)) is not None and one.known
        )
    ]


def _counted(
    name: str, field: AnyField, base: Sequence[_Window], hours: Sequence[_Window]
) -> Counted:
    mine = [one.closed.features[name] for one in base if name in one.closed.features]
    nulls = sum(one.null for one in mine)
    if not isinstance(field, Number):
        names: Counter[str] = Counter()
        for one in mine:
            names.update(one.categories)
        return Counted(names=known_names(field, names), nulls=nulls)
    exact = np.zeros(frozen_grid.CELLS, np.int64)
    for hour in hours:
        if name in hour.closed.features:
            exact += hour.closed.features[name].grid
    covered = [(hour.summary.start, hour.summary.end) for hour in hours]
    groups = np.zeros(GROUPS, np.int64)
    shape = exact.copy()
    grid = frozen_grid.plan(field)
    for window in base:
        for cell, count in _of_sample(window.summary.sample, name, grid).items():
            shape[cell] += count
        start = window.summary.start
        found = window.closed.features.get(name)
        if found is not None and not any(begin <= start < end for begin, end in covered):
            groups += found.groups
    return Counted(cells=sparse(exact + spread(groups, shape)), nulls=nulls)


def _of_sample(sample: Sample, name: str, grid: frozen_grid.Plan) -> dict[int, int]:
    values = [value for value in sample.features.get(name, []) if isinstance(value, float)]
    return frozen_grid.count(grid, np.array(values, np.float64))


def spread(groups: Ints, shape: Ints) -> Ints:
    """The counts of groups as counts of cells: within each group in the proportions of `shape`.

    Whole numbers that add up to those of the groups; a group without a shape is spread evenly.

    >>> spread(np.array([3] + [0] * 15), np.array([1, 2] + [0] * 510))[:3].tolist()
    [1, 2, 0]
    """
    weights = shape.reshape(GROUPS, CELLS_OF_GROUP).astype(np.float64)
    weights[weights.sum(axis=1) == 0] = 1.0
    # Rounded up to here: what is before each cell, so that nothing is lost or added.
    before = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    reached = np.rint(before * groups[:, None]).astype(np.int64)
    return np.asarray(np.diff(reached, axis=1, prepend=0).reshape(-1))


def _sampled(window: Summary, model: str, version: str) -> Iterable[Prediction]:
    """The predictions of a window's sample, but for those that carry no feature: they failed."""
    sample = window.sample
    for place, (name, ts) in enumerate(zip(sample.id, sample.ts, strict=True)):
        features = {feature: column[place] for feature, column in sample.features.items()}
        if any(value is not None for value in features.values()):
            yield Prediction(id=name, ts=ts, model=model, version=version, features=features)


def _cells(windows: Iterable[Closed]) -> Cells:
    found: dict[str, Ints] = {}
    for one in windows:
        for name, row in one.cells.items():
            held = found.get(name)
            # A metric that got other cells in the period counts from then on.
            found[name] = row if held is None or held.shape != row.shape else held + row
    return {name: sparse(row) for name, row in found.items() if row.any()}


def _names(windows: Iterable[Closed]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for one in windows:
        for kind, counts in one.names.items():
            found.setdefault(kind, Counter()).update(counts)
    return {kind: dict(counts) for kind, counts in found.items() if counts}
