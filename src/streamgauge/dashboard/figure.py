"""The figures of one window as people read them: per second, milliseconds, shares of 1."""

import math
from collections.abc import Iterable

import msgspec

from streamgauge.contracts.measure import Measure, Tick


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What one window says. Rates are per second, latencies milliseconds, shares 0 to 1.

    A figure that nobody measured is null, never 0.
    """

    count: int
    rate: float | None
    p50: float | None
    p95: float | None
    p99: float | None
    api: float | None
    errors: float | None
    fallback: float | None
    cache: float | None
    confidence: float | None


def value(measure: Measure, name: str, scale: float = 1.0) -> float | None:
    """One value of a measure, or nothing if it is absent or not a number."""
    found = measure.values.get(name)
    return None if found is None or not math.isfinite(found) else found * scale


def figures(measure: Measure) -> Figures:
    """All figures of a window; the rate of an open one counts the time that has passed in it."""
    count = value(measure, "prediction_count") or 0.0
    until = measure.end if measure.final else min(measure.as_of, measure.end)
    seconds = max(until - measure.start, 1_000) / 1_000
    api = value(measure, "api_latency_seconds_mean", 1_000)
    return Figures(
        count=round(count),
        rate=count / seconds,
        p50=value(measure, 'prediction_latency_seconds{quantile="0.5"}', 1_000),
        p95=value(measure, 'prediction_latency_seconds{quantile="0.95"}', 1_000),
        p99=value(measure, 'prediction_latency_seconds{quantile="0.99"}', 1_000),
        api=value(measure, "prediction_latency_seconds_mean", 1_000) if api is None else api,
        errors=value(measure, "prediction_error_ratio"),
        fallback=value(measure, "prediction_fallback_ratio"),
        cache=value(measure, "prediction_cache_hit_ratio"),
        confidence=value(measure, "prediction_confidence_mean"),
    )


class Point(msgspec.Struct, frozen=True):
    """What a chart draws of one window, in four digits: more than a pixel can show."""

    rate: float | None
    p50: float | None
    p95: float | None
    p99: float | None
    errors: float | None


def point(measure: Measure) -> Point:
    """The drawn figures of a window."""
    exact = figures(measure)
    drawn = (exact.rate, exact.p50, exact.p95, exact.p99, exact.errors)
    return Point(*(None if one is None else float(f"{one:.4g}") for one in drawn))


def is_idle(measure: Measure, tick: Tick | None) -> bool:
    """Whether a whole window has passed since this one without a word from the series."""
    return tick is not None and tick.watermark >= 2 * measure.end - measure.start


def weighted(pairs: Iterable[tuple[float | None, int]]) -> float | None:
    """The mean of figures, each as heavy as its count; null where nobody measured.

    >>> weighted([(0.5, 1), (None, 7), (0.25, 3)])
    0.3125
    """
    known = [(figure, count) for figure, count in pairs if figure is not None and count]
    total = sum(count for _, count in known)
    return round(sum(figure * count for figure, count in known) / total, 6) if total else None
