import math
from typing import Any

import numpy as np
import pytest

from streamgauge.contracts import codec
from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics.column import ERROR_CLASSES, columns

from .event import prediction


def test_no_events_are_columns_of_no_length() -> None:
    batch = columns([])
    assert len(batch) == len(batch.latency) == len(batch.category) == len(batch.unanswered) == 0
    assert batch.queue is None
    assert batch.carried("embedding") is None


def test_what_an_event_did_not_carry_is_told_apart_from_zero() -> None:
    batch = columns([prediction(), prediction(prediction=0.0, latency_ms=0.0, cache_hit=False)])
    assert math.isnan(batch.value[0])
    assert math.isnan(batch.latency[0])
    assert math.isnan(batch.confidence[0])
    assert (batch.value[1], batch.latency[1]) == (0.0, 0.0)
    assert batch.cache.tolist() == [-1, 0]


def test_latencies_become_seconds() -> None:
    batch = columns([prediction(latency_ms=1_500.0, api_latency_ms=20.0)])
    assert batch.latency.tolist() == [1.5]
    assert batch.api_latency.tolist() == [0.02]


def test_a_number_and_a_class_go_different_ways() -> None:
    batch = columns([prediction(prediction="7"), prediction(prediction=7.0)])
    assert batch.category == ["7", None]
    assert np.array_equal(batch.value, [math.nan, 7.0], equal_nan=True)


def test_a_class_is_cut_at_the_length_of_a_label() -> None:
    batch = columns([prediction(prediction="x" * 129), prediction(prediction="y" * 128)])
    assert batch.category == ["x" * 128, "y" * 128]


def test_a_whole_number_of_any_size_is_a_number() -> None:
    value = b'{"v":1,"id":"a","ts":1700000000000,"model":"m","version":"1","prediction":%d}'
    event = codec.decoder(Prediction)(value % 10**30)
    assert isinstance(event, Prediction)
    assert columns([event]).value.tolist() == [1e30]


@pytest.mark.parametrize("code", range(1, len(ERROR_CLASSES)))
def test_an_error_has_the_code_of_its_class(code: int) -> None:
    failed = prediction(status="error", error=ERROR_CLASSES[code])
    assert columns([prediction(), failed]).error.tolist() == [0, code]


def test_an_error_without_a_class_is_the_models() -> None:
    assert columns([prediction(status="error")]).error.tolist() == [
        ERROR_CLASSES.index("prediction")
    ]


def test_a_class_of_error_on_a_success_is_no_error() -> None:
    assert columns([prediction(error="5xx")]).error.tolist() == [0]


def test_a_reason_counts_where_the_rules_answered() -> None:
    batch = columns(
        [
            prediction(fallback=True, fallback_reason="cold"),
            prediction(fallback=False, fallback_reason="cold"),
        ]
    )
    assert batch.reason == ["cold", None]
    assert batch.fallback.tolist() == [1, 0]


RARE: dict[str, Any] = {
    "confidence_ml": 0.5,
    "confidence_rule": 0.5,
    "probabilities": {"a": 1.0},
    "queue_ms": 1.0,
    "batch_size": 1,
    "text_length": 1,
    "language": "de",
    "embedding": [1.0],
}


@pytest.mark.parametrize("field", RARE)
def test_a_field_that_few_send_is_found_wherever_it_is(field: str) -> None:
    batch = columns([prediction(), prediction(**{field: RARE[field]}), prediction()])
    assert batch.carried(field) == [None, RARE[field], None]
    assert all(batch.carried(other) is None for other in RARE.keys() - {field})


def test_what_is_zero_is_carried() -> None:
    batch = columns([prediction(text_length=0), prediction()])
    assert batch.text_length is not None
    assert np.array_equal(batch.text_length, [0.0, math.nan], equal_nan=True)


def test_waiting_times_become_seconds() -> None:
    batch = columns([prediction(queue_ms=250.0)])
    assert batch.queue is not None
    assert batch.queue.tolist() == [0.25]


def test_a_success_without_an_answer_is_found() -> None:
    batch = columns([prediction(prediction="a"), prediction(), prediction(status="error")])
    assert batch.unanswered.tolist() == [1]
    assert columns([prediction(prediction="a")]).unanswered.tolist() == []


@pytest.mark.parametrize("value", [None, 1.0])
def test_a_number_is_found_after_nothing_and_before(value: float | None) -> None:
    batch = columns([prediction(confidence=value), prediction(confidence=0.5), prediction()])
    assert batch.confidence[1] == 0.5
    assert math.isnan(batch.confidence[2])
