"""One prediction that a service made."""

from typing import Annotated, Literal

import msgspec

from streamgauge.contracts.event import (
    Count,
    Dimensions,
    Event,
    Id,
    Label,
    Latency,
    Milliseconds,
    Name,
    Share,
)

Task = Literal["regression", "classification", "score"]
# What went wrong: the caller's request, the service, the model, or the features.
ErrorClass = Literal["4xx", "5xx", "prediction", "extraction"]
# A prediction that answers nobody is measured, but apart from those that do.
Purpose = Literal["inference", "training"]
Features = Annotated[dict[Name, float | str | None], msgspec.Meta(max_length=256)]


class Prediction(Event, frozen=True):
    """One prediction: what was asked, what was answered, how fast, and on whose behalf.

    `confidence` is the blended one; `confidence_ml` and `confidence_rule` are its parts. Latencies
    are milliseconds. `user` and `session` are pseudonyms: the client hashes them before they leave.
    """

    id: Id
    ts: Milliseconds
    model: Label
    version: Label
    task: Task = "score"
    purpose: Purpose = "inference"
    features: Features = {}
    prediction: float | str | None = None
    confidence: Share | None = None
    confidence_ml: Share | None = None
    confidence_rule: Share | None = None
    probabilities: Annotated[dict[Label, Share], msgspec.Meta(max_length=1_000)] | None = None
    latency_ms: Latency | None = None
    api_latency_ms: Latency | None = None
    queue_ms: Latency | None = None
    batch_size: Count | None = None
    endpoint: Label | None = None
    status: Literal["ok", "error"] = "ok"
    error: ErrorClass | None = None
    reason: Label | None = None
    cache_hit: bool | None = None
    fallback: bool = False
    fallback_reason: Label | None = None
    dimensions: Dimensions = {}
    user: Id | None = None
    session: Id | None = None
    experiment: Label | None = None
    arm: Label | None = None
    allocation: Count | None = None
    propensity: Share | None = None
    text_length: Count | None = None
    language: Label | None = None
    embedding: Annotated[list[float], msgspec.Meta(max_length=4_096)] | None = None
