from streamgauge.metrics.column import columns
from streamgauge.metrics.predicted_class import Classes

from .event import prediction


def test_classes_are_shares_of_all_predictions() -> None:
    batch = columns([prediction(prediction="cat"), prediction(prediction=1.0), prediction()])
    assert Classes().column(batch) == ["cat", None, None]
    assert Classes().values({"cat": 1}, 3) == {'prediction_class_ratio{class="cat"}': 1 / 3}


def test_numbers_are_not_looked_through_for_classes() -> None:
    assert Classes().column(columns([prediction(prediction=7.0)])) == ()
