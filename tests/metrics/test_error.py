from hypothesis import given
from hypothesis import strategies as st

from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics.error import Errors

from .event import counted, prediction, predictions

some = st.lists(predictions(), min_size=1, max_size=40)


@given(some)
def test_errors_are_the_share_that_counting_finds(events: list[Prediction]) -> None:
    values = Errors().values(counted(Errors(), events), 60.0)
    failed = [event.error for event in events if event.status == "error"]
    client = failed.count("4xx")
    assert values["prediction_error_ratio"] == (len(failed) - client) / len(events)
    assert values["prediction_client_error_ratio"] == client / len(events)
    for name in ("4xx", "5xx", "extraction"):
        shown = values.get(f'prediction_error_class_ratio{{class="{name}"}}', 0.0)
        assert shown == failed.count(name) / len(events)
    # What failed without saying how counts as the model's.
    own = failed.count("prediction") + failed.count(None)
    shown = values.get('prediction_error_class_ratio{class="prediction"}', 0.0)
    assert shown == own / len(events)


def test_a_strangers_bad_requests_are_not_our_errors() -> None:
    bad = [prediction(status="error", error="4xx")] * 9
    values = Errors().values(counted(Errors(), [*bad, prediction()]), 60.0)
    assert values["prediction_error_ratio"] == 0.0
    assert values["prediction_client_error_ratio"] == 0.9


def test_what_the_service_failed_is_told_as_availability() -> None:
    events = [prediction(status="error", error=error) for error in ("5xx", "extraction", "4xx")]
    values = Errors().values(counted(Errors(), [*events, prediction()]), 60.0)
    assert values["api_availability_ratio"] == 0.75
    assert values["feature_extraction_success_ratio"] == 0.75
    assert values['prediction_error_count{class="5xx"}'] == 1.0
    assert 'prediction_error_count{class="prediction"}' not in values
