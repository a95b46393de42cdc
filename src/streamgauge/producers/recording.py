"""Recorded rows as predictions and truths at their time, rebased to now: values in, events out."""

import hashlib
import heapq
import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import msgspec

from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.prediction import Prediction, Task
from streamgauge.producers.table import seconds
from streamgauge.settings import InputError

Cell = float | str | None


class Columns(msgspec.Struct, kw_only=True, frozen=True):
    """Which column of a recording is what.

    `baseline`: the prediction is the label of so many rows before (a persistence forecast). The
    `task` follows from the kind of the prediction where it is not given.
    """

    origin: str
    model: str
    version: str
    features: Sequence[str]
    dimensions: Sequence[str] = ()
    id: str | None = None
    time: str | None = None
    label: str | None = None
    prediction: str | None = None
    baseline: int | None = None
    task: Task | None = None


class Timing(msgspec.Struct, kw_only=True, frozen=True):
    """When rows are sent; all in seconds.

    With `speed`, distances between moments are divided by it and the first row is now. Else `rate`
    rows a second are sent and moments keep their distances, the last one (and its label) being now.
    """

    start: float
    rate: float
    speed: float | None = None
    first: float = 0.0
    last: float = 0.0
    label_delay: float = 0.0


class Case(msgspec.Struct, frozen=True):
    """One row: what was predicted and when; its truth if it has one; the original moment."""

    event: Prediction
    truth: float | str | None
    original: float | None


Step = tuple[float, Literal["predict", "label"], Case]


def cases(rows: Iterable[tuple[int, dict[str, Any]]], columns: Columns) -> Iterator[Case]:
    """Rows as predictions that still have their original times."""
    numeric: dict[str, bool] = {}
    before: deque[float | str | None] = deque(maxlen=columns.baseline)
    for line, row in rows:
        place = f"{columns.origin}:{line}"
        features = {name: cell(row[name]) for name in columns.features}
        truth = _same(row, columns.label, numeric, place)
        predicted = _same(row, columns.prediction, numeric, place)
        if columns.baseline:
            known = before[0] if len(before) == columns.baseline else None
            before.append(truth)
            if known is None:
                continue
            predicted = known
            features[f"{columns.label}, {columns.baseline} rows before"] = known
        original = seconds(row[columns.time], f"{place}: {columns.time}") if columns.time else None
        event = Prediction(
            id=_id(row, columns, line, place),
            ts=round(original * 1000) if original is not None else 0,
            model=columns.model,
            version=columns.version,
            task=columns.task or _task(predicted if predicted is not None else truth),
            features=features,
            prediction=predicted,
            dimensions={
                name: str(row[name])[:128] for name in columns.dimensions if row[name] is not None
            },
        )
        yield Case(event, truth, original)


def steps(told: Iterable[Case], timing: Timing) -> Iterator[Step]:
    """What to do, and how many seconds after the start; labels follow their predictions."""
    due: list[tuple[float, int, Case]] = []
    shift = timing.start - timing.last - timing.label_delay
    at = 0.0
    for number, case in enumerate(told):
        at = number / timing.rate
        if timing.speed is not None:
            assert case.original is not None
            at = max(0.0, (case.original - timing.first) / timing.speed)
        moved = timing.speed is None and case.original is not None
        # The clock that labels wait on: the recording's own where it keeps its distances.
        clock = (case.original or 0.0) + shift if moved else timing.start + at
        yield from _labels(due, clock, at if moved else None, timing.start)
        event = msgspec.structs.replace(case.event, ts=round(clock * 1000))
        case = Case(event, case.truth, case.original)  # noqa: PLW2901  # the same case, rebased
        yield at, "predict", case
        if case.truth is not None:
            heapq.heappush(due, (clock + timing.label_delay, number, case))
        last = at if moved else None
    if due:
        yield from _labels(due, math.inf, last, timing.start)


def _labels(
    due: list[tuple[float, int, Case]], clock: float, at: float | None, start: float
) -> Iterator[Step]:
    while due and due[0][0] <= clock:
        moment, _, case = heapq.heappop(due)
        yield (moment - start if at is None else at), "label", case


def outcome(case: Case, label_delay: float) -> Outcome:
    """The truth of a case, known `label_delay` seconds after its prediction."""
    assert case.truth is not None
    return Outcome(
        id=f"o-{case.event.id}",
        ts=case.event.ts + round(label_delay * 1000),
        prediction_id=case.event.id,
        truth=case.truth,
        model=case.event.model,
    )


def cell(value: object) -> Cell:
    """A cell as an event can hold it: a number, text or nothing.

    >>> cell(True), cell(float("nan")), cell("x")
    (1.0, None, 'x')
    """
    if value is None or isinstance(value, str):
        return value
    try:
        number = float(value)  # type: ignore[arg-type]  # decimals, booleans; what is none raises
    except (TypeError, ValueError):
        return str(value)
    return number if math.isfinite(number) else None


def _same(row: dict[str, Any], name: str | None, numeric: dict[str, bool], place: str) -> Cell:
    """A cell of the kind that the first of its column was."""
    if name is None:
        return None
    value = cell(row[name])
    if value is None:
        return None
    is_number = not isinstance(value, str)
    if numeric.setdefault(name, is_number) and not is_number:
        raise InputError(f"{place}: column {name}: expected a number, got {value!r}")
    return str(value) if not numeric[name] else value


def _task(value: Cell) -> Task:
    return "classification" if isinstance(value, str) else "regression"


def _id(row: dict[str, Any], columns: Columns, line: int, place: str) -> str:
    """The row's own id, else a hash of file and line: a second replay gives the same."""
    if columns.id is None:
        name = f"{columns.origin.rpartition('/')[2]}:{line}"
        return hashlib.sha256(name.encode()).hexdigest()[:32]
    told = "" if row[columns.id] is None else str(row[columns.id])
    if not 1 <= len(told) <= 128:
        raise InputError(f"{place}: column {columns.id}: expected 1 to 128 characters")
    return told
