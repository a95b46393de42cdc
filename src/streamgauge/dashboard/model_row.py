"""One model version on the page: its figures, its drift and the charts of its last windows."""

import msgspec

from streamgauge.contracts.measure import Measure, Signal
from streamgauge.dashboard.figure import Figures, figures
from streamgauge.dashboard.series import Key, Series, key_of
from streamgauge.dashboard.state import State

MODEL = {"model", "version"}


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Which window a figure is from, how fresh it is and how complete."""

    name: str
    start: int
    end: int
    as_of: int
    final: bool
    completeness: float


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """A stream that a detector saw move, from what to what, since when (event time, ms).

    `text` is the detector's own sentence, if it has one.
    """

    detector: str
    stream: str
    score: float
    before: float
    after: float
    since: int
    text: str


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """Columns of equal length, oldest first; `open` marks the last as not yet complete."""

    start: list[int]
    width: int
    open: bool
    rate: list[float | None]
    p50: list[float | None]
    p95: list[float | None]
    p99: list[float | None]
    errors: list[float | None]


class ModelRow(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows of one version of one model."""

    key: str
    model: str
    version: str
    window: Window
    figures: Figures
    chart: Chart
    drift: list[Drift]


def model_series(state: State) -> list[Series]:
    """The series of model versions, of each the one with the narrowest window, by name."""
    narrowest: dict[Key, Series] = {}
    for (key, _), series in state.series.items():
        if series.labels.keys() == MODEL:
            known = narrowest.get(key)
            if known is None or width(series) < width(known):
                narrowest[key] = series
    return [narrowest[key] for key in sorted(narrowest)]


def width(series: Series) -> int:
    """How long a window of this series is, in milliseconds."""
    newest = series.newest()
    return newest.end - newest.start


def model_row(series: Series, state: State) -> ModelRow:
    """Everything about one series, ready to be drawn."""
    shown = series.current()
    key = key_of(series.labels)
    # Signals carry at least the model; one without a version concerns all versions.
    drift = [
        drift_of(signal)
        for signal in state.signals.values()
        if signal.active and set(key_of(signal.labels)) <= set(key) and signal.labels
    ]
    return ModelRow(
        key=row_key(series),
        model=series.labels["model"],
        version=series.labels["version"],
        window=window_of(shown),
        figures=figures(shown),
        chart=_chart(series),
        drift=sorted(drift, key=lambda one: (-one.score, one.stream)),
    )


def row_key(series: Series) -> str:
    """A name for the row; a JSON list, because a stranger's name may hold any separator."""
    return msgspec.json.encode([series.labels["model"], series.labels["version"]]).decode()


def window_of(measure: Measure) -> Window:
    return Window(
        name=measure.window,
        start=measure.start,
        end=measure.end,
        as_of=measure.as_of,
        final=measure.final,
        completeness=measure.completeness,
    )


def drift_of(signal: Signal) -> Drift:
    return Drift(
        detector=signal.detector,
        stream=signal.stream,
        score=signal.score,
        before=signal.before,
        after=signal.after,
        since=signal.start,
        text=signal.text,
    )


def _chart(series: Series) -> Chart:
    shown = series.shown()
    starts = [measure.start for measure in shown]
    points = [series.points[start] for start in starts]
    return Chart(
        start=starts,
        width=width(series),
        open=not shown[-1].final,
        rate=[point.rate for point in points],
        p50=[point.p50 for point in points],
        p95=[point.p95 for point in points],
        p99=[point.p99 for point in points],
        errors=[point.errors for point in points],
    )
