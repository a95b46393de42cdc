"""The truth about a prediction, which comes later and may be corrected."""

from streamgauge.contracts.event import Count, Event, Id, Label, Milliseconds


class Outcome(Event, frozen=True):
    """What really happened. The `receipt` of the prediction says which model and arm it was."""

    id: Id
    ts: Milliseconds
    prediction_id: Id
    truth: float | str
    model: Label | None = None
    receipt: str | None = None
    reward: float | None = None
    revision: Count = 0
