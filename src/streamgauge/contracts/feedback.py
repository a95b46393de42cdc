"""What people say about a prediction."""

from typing import Annotated, Literal

import msgspec

from streamgauge.contracts.event import Dimensions, Event, Id, Label, Milliseconds, Text

Kind = Literal[
    "post_scan_satisfaction",
    "feature_usefulness",
    "suggestion",
    "correction",
    "confidence_accuracy",
]


class Feedback(Event, frozen=True):
    """A rating from 1 to 5, a suggestion or a correction, keyed by session."""

    id: Id
    ts: Milliseconds
    session: Id
    kind: Kind
    rating: Annotated[int, msgspec.Meta(ge=1, le=5)] | None = None
    text: Text | None = None
    user: Id | None = None
    prediction_id: Id | None = None
    model: Label | None = None
    experiment: Label | None = None
    arm: Label | None = None
    dimensions: Dimensions = {}
    receipt: str | None = None
