"""What an outcome or a rating is worth to the arm that caused it: a reward from 0 to 1."""

from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.receipt import Claims
from streamgauge.settings import Experiment

Truth = float | str


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
    return worth(experiment, event.truth, event.reward, claims.prediction)


def worth(
    experiment: Experiment, truth: Truth, own: float | None, predicted: Truth | None
) -> float | None:
    """The reward of a truth; `own` is what the outcome says itself, if it does.

    >>> worth(Experiment(model="m", arms={"a": "1"}), "cat", None, "cat")
    1.0
    """
    if own is not None:
        return min(max(own, 0.0), 1.0)
    if experiment.rating is not None:
        return None
    if experiment.within is None:
        return float(truth == predicted)
    if isinstance(truth, str) or not isinstance(predicted, int | float):
        return None
    return float(abs(truth - predicted) <= experiment.within)
