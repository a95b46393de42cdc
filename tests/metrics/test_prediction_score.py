"""The scores of predictions are those that labels have of the same predictions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics import summary
from streamgauge.metrics.label import Label
from streamgauge.metrics.label_column import arrived
from streamgauge.metrics.prediction_score import PredictionScore
from streamgauge.metrics.score_histogram import BINS, ScoreHistogram

from .event import counted, prediction
from .labelled import counted as counted_labels

POSITIVE = {"price": "cat"}


def answers() -> st.SearchStrategy[Prediction]:
    """Predictions of all tasks, of a model whose positive class is named and of one without."""
    share = st.none() | st.floats(0.0, 1.0) | st.sampled_from((0.0, 1.0, 0.0005, 0.9995))
    number = st.floats(allow_nan=False, allow_infinity=False) | st.floats(0.0, 1.0)
    return st.builds(
        prediction,
        model=st.sampled_from(("price", "churn")),
        task=st.sampled_from(("score", "regression", "classification")),
        prediction=st.none() | number | st.sampled_from(("cat", "dog", "yes", "No", "1")),
        confidence=share,
        probabilities=st.none()
        | st.dictionaries(st.sampled_from(("cat", "dog")), st.floats(0.0, 1.0)),
    )


def labelled(event: Prediction) -> Label:
    """What a positive truth would make of it, joined as in `label_join`."""
    named = POSITIVE.get(event.model)
    return Label(
        verdict="label",
        model=event.model,
        version=event.version,
        ts=event.ts,
        at=event.ts,
        truth=named or "yes",
        task=event.task,
        prediction=event.prediction,
        confidence=event.confidence,
        score=(event.probabilities or {}).get(named) if named else None,
    )


@given(st.lists(answers(), max_size=20))
def test_a_score_falls_into_the_cell_of_its_label(events: list[Prediction]) -> None:
    cells = counted(PredictionScore(POSITIVE), events)
    labels = arrived([labelled(event) for event in events], POSITIVE)
    expected = counted_labels(ScoreHistogram(), labels)
    assert cells.tolist() == expected[BINS : 2 * BINS].tolist()


@pytest.mark.parametrize("task", ["score", "regression", "classification"])
def test_predictions_without_a_score_mark_nothing(task: str) -> None:
    for answer in (None, "cat", -0.1, 1.1, 1e308):
        events = [prediction(task=task, prediction=answer)]
        assert not counted(PredictionScore(), events).any()
    assert counted(PredictionScore(), [prediction(prediction=-0.0)]).tolist()[0] == 1


def test_settings_name_the_positive_class() -> None:
    some = summary.shape(positive=POSITIVE).full
    assert list(some.signature.items()) == list(summary.FULL.signature.items())
    metric = next(one for one in some.metrics if one.name == "prediction_score")
    event = prediction(task="classification", prediction="dog", probabilities={"cat": 0.25})
    assert np.flatnonzero(counted(metric, [event])).tolist() == [250]
