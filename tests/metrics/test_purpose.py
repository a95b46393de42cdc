from streamgauge.contracts import codec
from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics.purpose import apart

from .event import prediction


def test_what_answers_nobody_has_names_that_no_rule_of_the_service_knows() -> None:
    values = {'prediction_latency_seconds{quantile="0.95"}': 1.0}
    assert list(apart(values, "training")) == [
        'training_prediction_latency_seconds{quantile="0.95"}'
    ]
    assert apart(values, "inference") == values


def test_an_event_says_it_only_where_it_trains() -> None:
    assert b"purpose" not in codec.encode(prediction())
    trained = codec.decode(Prediction, codec.encode(prediction(purpose="training")))
    assert trained.purpose == "training"
