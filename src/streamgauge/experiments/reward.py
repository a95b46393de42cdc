"""What an outcome or a rating is worth to the arm that caused it: a reward from 0 to 1."""

from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.receipt import Claims
from streamgauge.settings import Experiment


def reward(experiment: Experiment, event: Outcome | Feedback, claims: Claims) -> float | None:
    """The reward, or None where this event says nothing to this experiment.

    >>> claims = Claims(id="p", ts=0, model="m", version="1", prediction=10.0)
    >>> outcome = Outcome(id="o", ts=1_700_000_000_000, prediction_id="p", truth=12.0)
    >>> reward(Experiment(model="m", arms={"a": "1"}, within=3.0), outcome, claims)
    1.0
    """
    if isinstance(event, Feedback):
        rated = experiment.rating is not None and event.rating is not None
        return float((event.rating or 0) >= (experiment.rating or 0)) if rated else None
    if event.reward is not None:
        return min(max(event.reward, 0.0), 1.0)
    if experiment.rating is not None:
        return None
    if experiment.within is None:
        return float(event.truth == claims.prediction)
    if isinstance(event.truth, str) or not isinstance(claims.prediction, int | float):
        return None
    return float(abs(event.truth - claims.prediction) <= experiment.within)
