"""Records that the tests of this room fold."""

from streamgauge.contracts.alert import Alert, State
from streamgauge.contracts.allocation import Allocation
from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.measure import Measure, Signal, Tick
from streamgauge.dashboard.board import wall_clock

WIDTH = 60_000
# A full minute, so that windows begin where they should.
T0 = 1_760_000_040_000


def measure(
    window: int = 0,
    *,
    model: str = "price",
    version: str = "1",
    count: float = 60.0,
    p95: float = 0.072,
    errors: float = 0.02,
    revision: int = 1,
    final: bool = True,
    as_of: int | None = None,
    completeness: float = 1.0,
    start: int | None = None,
    width: int = WIDTH,
    generation: int = 0,
    **values: float,
) -> Measure:
    at = T0 + window * width if start is None else start
    return Measure(
        labels={"model": model, "version": version},
        window="1m",
        start=at,
        end=at + width,
        revision=revision,
        as_of=at + width if as_of is None else as_of,
        final=final,
        completeness=completeness,
        generation=generation,
        values={
            "prediction_count": count,
            'prediction_latency_seconds{quantile="0.5"}': 0.045,
            'prediction_latency_seconds{quantile="0.95"}': p95,
            'prediction_latency_seconds{quantile="0.99"}': 0.098,
            "api_latency_seconds_mean": 0.145,
            "prediction_error_ratio": errors,
            "prediction_cache_hit_ratio": 0.85,
            "prediction_fallback_ratio": 0.08,
            "prediction_confidence_mean": 0.9,
            **values,
        },
        samples={"prediction_count": int(count)},
    )


def service_up(share: float, window: int = 0, *, final: bool = True) -> Measure:
    at = T0 + window * WIDTH
    return Measure(
        labels={"service": "inference"},
        window="1m",
        start=at,
        end=at + WIDTH,
        revision=1,
        as_of=at + WIDTH,
        final=final,
        completeness=1.0,
        values={"service_up": share},
        samples={},
    )


def tick(watermark: int, completeness: float = 1.0, at: int | None = None) -> Tick:
    return Tick(watermark=watermark, at=watermark if at is None else at, completeness=completeness)


def signal(*, active: bool = True, model: str = "price", end: int = T0, **more: str) -> Signal:
    return Signal(
        id="s",
        labels={"model": model, **more},
        detector="adwin",
        stream="latency",
        start=end - 1_000,
        end=end,
        active=active,
        score=0.9,
        before=0.045,
        after=0.11,
        samples=300,
    )


def alert(
    state: State = "firing",
    *,
    fingerprint: str = "f",
    episode: int = 1,
    at: int = T0,
    severity: str = "warning",
    expr: str = 'prediction_latency_seconds{quantile="0.95"} > 0.1',
    model: str = "price",
    summary: str = "price is slow",
    rule: str = "latency_high",
) -> Alert:
    return Alert(
        id=f"{fingerprint}-{episode}-{state}",
        fingerprint=fingerprint,
        episode=episode,
        state=state,
        rule=rule,
        severity=severity,
        labels={"model": model, "version": "1"},
        annotations={"summary": summary, "runbook_url": "https://example.org/runbook"},
        expr=expr,
        value=0.19,
        starts_at=at,
        updated_at=at,
        ends_at=at + 1_000 if state == "resolved" else None,
        samples=300,
    )


def allocation(version: int = 1, share: float = 0.8, experiment: str = "exp") -> Allocation:
    return Allocation(
        experiment=experiment,
        model="price",
        version=version,
        ts=wall_clock(),
        weights={"a": share, "b": 1 - share},
        arms={"a": "1", "b": "2"},
        policy="thompson",
        trials={"a": 100, "b": 50},
        rewards={"a": 80.0, "b": 25.0},
    )


def heartbeat(
    ts: int,
    *,
    service: str = "inference",
    instance: str = "i-1",
    healthy: bool = True,
    loaded: bool = True,
    cache: bool | None = True,
    fallback: bool | None = False,
) -> Heartbeat:
    return Heartbeat(
        ts=ts,
        service=service,
        instance=instance,
        healthy=healthy,
        models={"price@1": loaded},
        cache=cache,
        fallback=fallback,
        sent=10,
    )
