from typing import Any

import pytest

from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.receipt import Claims
from streamgauge.experiments.reward import reward
from streamgauge.settings import Experiment

T0 = 1_760_000_040_000


def experiment(**fields: Any) -> Experiment:
    return Experiment(model="m", arms={"a": "1", "b": "2"}, **fields)


def claims(prediction: float | str | None) -> Claims:
    return Claims(id="p", ts=T0, model="m", version="1", prediction=prediction)


def outcome(truth: float | str, worth: float | None = None) -> Outcome:
    return Outcome(id="o", ts=T0, prediction_id="p", truth=truth, reward=worth)


def feedback(rating: int | None) -> Feedback:
    return Feedback(id="f", ts=T0, session="s", kind="feature_usefulness", rating=rating)


@pytest.mark.parametrize(
    ("within", "truth", "predicted", "expected"),
    [
        (3.0, 12.0, 10.0, 1.0),
        (3.0, 13.0, 10.0, 1.0),
        (3.0, 13.1, 10.0, 0.0),
        (3.0, 7.0, 10.0, 1.0),
        (3.0, 1e308, -1e308, 0.0),
        (0.0, 10.0, 10.0, 1.0),
        (3.0, "cat", 10.0, None),
        (3.0, 10.0, "cat", None),
        (3.0, 10.0, None, None),
        (None, "cat", "cat", 1.0),
        (None, "cat", "dog", 0.0),
        (None, 10.0, 10.0, 1.0),
        (None, "10", 10.0, 0.0),
        (None, "cat", None, 0.0),
    ],
)
def test_an_outcome_is_worth_how_near_the_prediction_was(
    within: float | None, truth: float | str, predicted: float | str | None, expected: float | None
) -> None:
    assert reward(experiment(within=within), outcome(truth), claims(predicted)) == expected


@pytest.mark.parametrize(
    ("given", "expected"), [(0.25, 0.25), (0.0, 0.0), (1.0, 1.0), (-3.0, 0.0), (7.0, 1.0)]
)
@pytest.mark.parametrize("fields", [{}, {"within": 3.0}, {"rating": 4}])
def test_an_outcomes_own_reward_goes_before_all(
    given: float, expected: float, fields: dict[str, Any]
) -> None:
    assert reward(experiment(**fields), outcome("x", given), claims(1.0)) == expected


@pytest.mark.parametrize(
    ("wanted", "rating", "expected"),
    [(4, 5, 1.0), (4, 4, 1.0), (4, 3, 0.0), (4, None, None), (None, 5, None), (None, None, None)],
)
def test_a_rating_is_worth_one_where_it_is_good_enough(
    wanted: int | None, rating: int | None, expected: float | None
) -> None:
    assert reward(experiment(rating=wanted), feedback(rating), claims(1.0)) == expected


def test_an_experiment_on_ratings_learns_nothing_from_truths() -> None:
    assert reward(experiment(rating=4), outcome(1.0), claims(1.0)) is None
