import math

import pytest
from tests.metrics.labelled import label

from streamgauge.metrics.label_task import NOTHING, Told, says, tell, text


@pytest.mark.parametrize("task", [None, "regression", "score"])
def test_two_numbers_are_a_regression(task: str | None) -> None:
    assert tell(label(3.0, 5.0, task=task), 3.0, {})[:4] == (3.0, 5.0, None, None)


@pytest.mark.parametrize("task", [None, "classification", "score"])
def test_words_are_classes(task: str | None) -> None:
    told = tell(label("a", "b", task=task, confidence=0.7), "a", {})
    assert told.truth_class == "a"
    assert told.predicted_class == "b"
    assert told.confidence == 0.7
    assert told.positive == -1


def test_a_score_with_a_yes_or_no_is_a_probability_and_a_number() -> None:
    told = tell(label(1.0, 0.3, task="score"), 1.0, {})
    assert told == Told(1.0, 0.3, "1", "0", 0.7, 0.3, 1)
    assert tell(label("no", 0.3, task="score"), "no", {}).positive == 0
    assert tell(label(7.0, 0.3, task="score"), 7.0, {}).positive == -1


def test_numbers_may_be_classes() -> None:
    told = tell(label(2.0, 2.0, task="classification"), 2.0, {})
    assert (told.truth_class, told.predicted_class) == ("2", "2")
    assert math.isnan(told.truth)


@pytest.mark.parametrize(
    ("truth", "prediction", "task"),
    [
        (1.0, None, None),
        ("a", 1.0, "regression"),
        (math.inf, 1.0, None),
        (1.0, math.nan, "regression"),
        ("a", 3.0, "score"),
    ],
)
def test_what_cannot_be_compared_says_nothing(
    truth: float | str, prediction: float | str | None, task: str | None
) -> None:
    assert tell(label(truth, prediction, task=task), truth, {}) == NOTHING


def test_the_positive_class_of_a_model_may_be_named() -> None:
    one = label("fraud", "fraud", score=0.9)
    assert tell(one, "fraud", {"m": "fraud"}).positive == 1
    assert tell(one, "fine", {"m": "fraud"}).positive == 0
    assert tell(one, "fraud", {"other": "fraud"}).positive == -1
    # Of a named class nobody says that there are only two: confidence is no score then.
    assert tell(label("fraud", "1", confidence=0.9), "fraud", {"m": "fraud"}).positive == -1


def test_long_classes_are_cut_and_odd_numbers_survive() -> None:
    assert len(text("x" * 1_000)) == 128
    odd = (1e300, -0.0, math.inf, math.nan)
    assert [text(value) for value in odd] == ["1e+300", "0", "inf", "nan"]
    assert says("TRUE", None) is True
