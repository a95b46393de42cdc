"""`GET /api/ml/metrics`: the figures of one model version now and over the last minutes."""

import msgspec

from streamgauge.contracts.measure import Measure
from streamgauge.dashboard.figure import figures
from streamgauge.dashboard.model_row import model_series
from streamgauge.dashboard.series import Series
from streamgauge.dashboard.state import State

MINUTE = 60_000


class UnknownValueError(Exception):
    """A parameter names something that is not there; `field` is the parameter."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """One window. Latencies are milliseconds, rates shares of 1; null where nobody measured.

    `timestamp` is the window's end, `as_of` the newest event counted in, both milliseconds.
    """

    timestamp: int
    as_of: int
    final: bool
    completeness: float
    predictions: int
    requests_per_minute: float
    inference_latency_p50: float | None
    inference_latency_p95: float | None
    inference_latency_p99: float | None
    cache_hit_rate: float | None
    ml_usage_rate: float | None
    fallback_rate: float | None
    error_rate: float | None


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """The answer; `current` is null and `history` empty before the first prediction."""

    model_id: str | None
    version: str | None
    versions: list[str]
    window: str | None
    current: Snapshot | None
    history: list[Snapshot]


def metrics(
    state: State, now: int, model: str | None, version: str | None, minutes: int
) -> Metrics:
    """The metrics of a model, or of the one with most traffic; of its busiest version unless named.

    Quantiles of two versions cannot be merged afterwards, so an answer is about one version.
    """
    every = model_series(state)
    if not every and model is None:
        return Metrics(
            model_id=None, version=None, versions=[], window=None, current=None, history=[]
        )
    chosen = [series for series in every if model in (None, series.labels["model"])]
    if not chosen:
        raise UnknownValueError("model_id", f"no model {model!r} has been seen")
    busiest = max(chosen, key=_traffic)
    mine = [one for one in chosen if one.labels["model"] == busiest.labels["model"]]
    named = [one for one in mine if version in (None, one.labels["version"])]
    if not named:
        raise UnknownValueError("version", f"no version {version!r} of this model has been seen")
    series = max(named, key=_traffic)
    return Metrics(
        model_id=series.labels["model"],
        version=series.labels["version"],
        versions=[one.labels["version"] for one in mine],
        window=series.window,
        current=snapshot(series.current()),
        history=[snapshot(measure) for measure in series.since(now - minutes * MINUTE)],
    )


def snapshot(measure: Measure) -> Snapshot:
    point = figures(measure)
    return Snapshot(
        timestamp=measure.end,
        as_of=measure.as_of,
        final=measure.final,
        completeness=measure.completeness,
        predictions=point.count,
        requests_per_minute=round(60 * (point.rate or 0.0), 3),
        inference_latency_p50=_round(point.p50, 3),
        inference_latency_p95=_round(point.p95, 3),
        inference_latency_p99=_round(point.p99, 3),
        cache_hit_rate=_round(point.cache, 6),
        ml_usage_rate=None if point.fallback is None else round(1 - point.fallback, 6),
        fallback_rate=_round(point.fallback, 6),
        error_rate=_round(point.errors, 6),
    )


def _round(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _traffic(series: Series) -> tuple[int, int]:
    """How much a version was asked: in its newest windows first, then its name's order decides."""
    last = series.ordered()[-5:]
    return sum(figures(measure).count for measure in last), last[-1].end
