"""What the caller hears and what Kafka hears about one prediction; one id ties them together."""

import msgspec

from streamgauge.contracts.prediction import ErrorClass, Prediction
from streamgauge.contracts.receipt import Claims
from streamgauge.models.inference import Call, Result


class Answer(msgspec.Struct, kw_only=True, frozen=True):
    """The answer for one row. `receipt` is null where the service has no keys."""

    id: str
    model: str
    version: str
    prediction: float
    confidence: float | None
    receipt: str | None
    fallback: bool
    latency_ms: float
    experiment: str | msgspec.UnsetType = msgspec.UNSET
    arm: str | msgspec.UnsetType = msgspec.UNSET


class Timing(msgspec.Struct, kw_only=True, frozen=True):
    """When a request came (ms since 1970), how long it waited and took (ms), and its rows."""

    ts: int
    inference: float | None = None
    queue: float | None = None
    api: float
    rows: int


def answer(call: Call, result: Result, receipt: str | None, latency_ms: float) -> Answer:
    """What the caller of a row hears."""
    choice = call.choice
    return Answer(
        id=call.id,
        model=call.served.card.name,
        version=call.served.card.version,
        prediction=result.value,
        confidence=result.confidence,
        receipt=receipt,
        fallback=call.fallback is not None,
        latency_ms=round(latency_ms, 3),
        experiment=choice.experiment if choice else msgspec.UNSET,
        arm=choice.arm if choice else msgspec.UNSET,
    )


def endpoint(call: Call) -> str:
    """Where the model answers."""
    return f"/predict/{call.served.card.name}"


def claims(call: Call, result: Result, ts: int, unit: str | None) -> Claims:
    """What the receipt of a prediction holds."""
    choice = call.choice
    return Claims(
        id=call.id,
        ts=ts,
        model=call.served.card.name,
        version=call.served.card.version,
        prediction=result.value,
        confidence=result.confidence,
        task=call.served.card.task,
        experiment=choice.experiment if choice else None,
        arm=choice.arm if choice else None,
        allocation=choice.allocation if choice else None,
        propensity=choice.propensity if choice else None,
        unit=unit,
        endpoint=endpoint(call),
        dimensions=call.row.dimensions,
    )


def event(
    call: Call,
    result: Result | None,
    timing: Timing,
    *,
    error: ErrorClass | None = None,
    reason: str | None = None,
) -> Prediction:
    """What Kafka hears about a row: its prediction, or without a result its failure."""
    card, choice = call.served.card, call.choice
    return Prediction(
        id=call.id,
        ts=timing.ts,
        model=card.name,
        version=card.version,
        task=card.task,
        features=dict(call.features),
        prediction=result.value if result else None,
        confidence=result.confidence if result else None,
        confidence_ml=result.confidence if result else None,
        latency_ms=timing.inference,
        api_latency_ms=timing.api,
        queue_ms=timing.queue,
        batch_size=timing.rows,
        endpoint=endpoint(call),
        status="ok" if result else "error",
        error=error,
        reason=reason,
        fallback=call.fallback is not None,
        fallback_reason=call.fallback,
        dimensions=call.row.dimensions,
        user=call.row.user,
        session=call.row.session,
        experiment=choice.experiment if choice else None,
        arm=choice.arm if choice else None,
        allocation=choice.allocation if choice else None,
        propensity=choice.propensity if choice else None,
    )


def refused(
    event_id: str, model: str, version: str, timing: Timing, *, error: ErrorClass, reason: str
) -> Prediction:
    """What Kafka hears about a request that never came to a prediction: one event, no features."""
    return Prediction(
        id=event_id,
        ts=timing.ts,
        model=model,
        version=version,
        task="regression",
        api_latency_ms=timing.api,
        batch_size=timing.rows,
        endpoint=f"/predict/{model}",
        status="error",
        error=error,
        reason=reason,
    )
