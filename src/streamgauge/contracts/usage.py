"""What people do with a feature."""

from typing import Literal

from streamgauge.contracts.event import Dimensions, Event, Id, Label, Milliseconds


class Usage(Event, frozen=True):
    """One step of a person in a session: a feature viewed or used, a funnel step, start and end.

    `value` is what the step is worth in the unit that a business figure gives it: seconds saved,
    results found.
    """

    id: Id
    ts: Milliseconds
    session: Id
    event: Literal[
        "feature_viewed",
        "feature_used",
        "scan_started",
        "first_result",
        "scan_finished",
        "step_reached",
        "session_start",
        "session_end",
    ]
    feature: Label | None = None
    step: Label | None = None
    value: float | None = None
    user: Id | None = None
    experiment: Label | None = None
    arm: Label | None = None
    dimensions: Dimensions = {}
