"""The metrics of one model version: which one is meant, and how far back."""

import pytest

from streamgauge.dashboard.ml_metrics import Metrics, UnknownValueError, metrics
from streamgauge.dashboard.state import State, fold

from .sample import T0, WIDTH, measure

NOW = T0 + 10 * WIDTH


def answer(model: str | None = None, version: str | None = None, minutes: int = 60) -> Metrics:
    state = State()
    for number in range(10):
        fold(state, measure(number, count=10))
        fold(state, measure(number, model="busy", count=50))
        fold(state, measure(number, model="busy", version="2", count=40))
    return metrics(state, NOW, model, version, minutes)


def test_the_default_is_the_busiest_version_of_the_busiest_model() -> None:
    found = answer()
    assert (found.model_id, found.version, found.versions) == ("busy", "1", ["1", "2"])


def test_current_has_the_asked_names_in_milliseconds_and_shares() -> None:
    current = answer("price").current
    assert current is not None
    assert (current.inference_latency_p50, current.inference_latency_p95) == (45.0, 72.0)
    assert (current.cache_hit_rate, current.fallback_rate) == (0.85, 0.08)
    assert (current.ml_usage_rate, current.error_rate) == (0.92, 0.02)


def test_history_reaches_back_as_far_as_asked() -> None:
    assert [one.timestamp for one in answer("price", minutes=3).history] == [
        T0 + number * WIDTH for number in (8, 9, 10)
    ]


@pytest.mark.parametrize(
    ("model", "version", "field"), [("absent", None, "model_id"), ("busy", "9", "version")]
)
def test_an_unknown_model_or_version_is_named(model: str, version: str | None, field: str) -> None:
    with pytest.raises(UnknownValueError) as caught:
        answer(model, version)
    assert caught.value.field == field


def test_before_the_first_prediction_there_is_nothing_and_no_error() -> None:
    found = metrics(State(), NOW, None, None, 60)
    assert (found.current, found.history, found.model_id) == (None, [], None)
