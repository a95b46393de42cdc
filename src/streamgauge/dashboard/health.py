"""`GET /api/ml/health`: can predictions be had now, and from what."""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from streamgauge.dashboard.figure import figures, is_idle, weighted
from streamgauge.dashboard.model_row import model_series
from streamgauge.dashboard.service_row import ServiceRow, service_rows
from streamgauge.dashboard.state import State

FALLBACK_LIMIT = 0.10

Status = Literal["ok", "degraded", "critical"]
Word = Literal["ok", "degraded", "unavailable", "unknown"]


class Models(msgspec.Struct, frozen=True):
    """Which models the services have loaded."""

    status: Word
    loaded: dict[str, bool]


class Inference(msgspec.Struct, frozen=True):
    """Whether anybody answers: services that say so, or predictions that arrive."""

    status: Word
    services: dict[str, bool]
    predictions_per_minute: float


class Mechanism(msgspec.Struct, frozen=True):
    """One part that the inference service leans on, with the share that tells how it does."""

    status: Word
    rate: float | None = None


class Health(msgspec.Struct, frozen=True):
    """The answer. `reasons` says in words why the status is not ok."""

    status: Status
    at: int
    reasons: list[str]
    models: Models
    inference: Inference
    feature_builder: Mechanism
    cache: Mechanism
    fallback: Mechanism
    watermark: int | None
    completeness: float | None


def health(state: State, now: int, *, kafka_up: bool = True) -> Health:
    """The state of all parts.

    A model that is not loaded degrades: the service still answers from its rules. Only when nobody
    answers is it critical.
    """
    rows = service_rows(state, now)
    live = [
        point
        for series in model_series(state)
        if not is_idle(series.newest(), state.tick)
        for point in [figures(series.current())]
    ]
    per_minute = round(60 * sum(point.rate or 0.0 for point in live), 3)
    fallback_rate = weighted((point.fallback, point.count) for point in live)
    loaded = {model: yes for row in rows for model, yes in row.models.items()}

    models = Models(_word(loaded.values()), loaded)
    inference = _inference(rows, per_minute)
    features = Mechanism(_word(_said(row.features for row in rows)))
    cache = Mechanism(
        _word(_said(row.cache for row in rows)),
        weighted((point.cache, point.count) for point in live),
    )
    fallback = _fallback(_said(row.fallback for row in rows), fallback_rate)

    reasons = [] if kafka_up else ["kafka does not answer: all of this is old"]
    parts: dict[str, Word] = {
        "inference": inference.status,
        "models": models.status,
        "feature builder": features.status,
        "cache": cache.status,
        "fallback": fallback.status,
    }
    reasons += [f"{name} {said}" for name, said in parts.items() if said not in ("ok", "unknown")]
    status: Status = "degraded" if reasons else "ok"
    if inference.status in ("unavailable", "unknown"):
        status = "critical"
        reasons = reasons or ["no heartbeat and no prediction seen"]
    return Health(
        status=status,
        at=now,
        reasons=reasons,
        models=models,
        inference=inference,
        feature_builder=features,
        cache=cache,
        fallback=fallback,
        watermark=(state.tick.watermark or None) if state.tick else None,
        completeness=state.tick.completeness if state.tick else None,
    )


def _inference(rows: Sequence[ServiceRow], per_minute: float) -> Inference:
    up = {row.service: row.up > 0 for row in rows}
    # A client that sends no heartbeats is judged by its predictions.
    if not up:
        return Inference("ok" if per_minute else "unknown", up, per_minute)
    if not any(up.values()):
        return Inference("unavailable", up, per_minute)
    whole = all(row.up == row.instances for row in rows)
    return Inference("ok" if whole else "degraded", up, per_minute)


def _fallback(active: Sequence[bool], rate: float | None) -> Mechanism:
    """Degraded while another stands in for a model, or when rules answer too often."""
    if any(active) or (rate is not None and rate > FALLBACK_LIMIT):
        return Mechanism("degraded", rate)
    return Mechanism("ok" if active or rate is not None else "unknown", rate)


def _said(words: Iterable[bool | None]) -> list[bool]:
    return [word for word in words if word is not None]


def _word(parts: Iterable[bool]) -> Word:
    """All, some, none or nobody.

    >>> [_word(said) for said in ([True], [True, False], [False], [])]
    ['ok', 'degraded', 'unavailable', 'unknown']
    """
    said = list(parts)
    if not said:
        return "unknown"
    if all(said):
        return "ok"
    return "degraded" if any(said) else "unavailable"
