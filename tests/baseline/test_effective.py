"""A new grid counts from a window on that nobody has begun."""

import time

import pytest
from confluent_kafka import Producer
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.baseline.effective import next_window, was_seen
from streamgauge.contracts.codec import encode
from streamgauge.contracts.measure import Measure, Tick
from streamgauge.settings import Settings, Window


@given(st.integers(0, 2**41), st.floats(1.0, 3_600.0), st.floats(1.0, 600.0))
def test_the_next_window_begins_after_all_that_may_have_come(
    now: int, width: float, ahead: float
) -> None:
    window = Window(width=round(width), max_ahead=ahead)
    found = next_window(now, window)
    assert found % (round(width) * 1_000) == 0
    assert 0 < found - now - ahead * 1_000 <= round(width) * 1_000 + 5_001


@pytest.mark.kafka
def test_a_version_was_seen_when_it_is_measured(deployment: Settings) -> None:
    now = time.time_ns() // 1_000_000
    measured = Measure(
        labels={"model": "m", "version": "1"},
        window="1m",
        start=now,
        end=now + 60_000,
        revision=1,
        as_of=now,
        final=False,
        completeness=1.0,
        values={},
        samples={},
    )
    producer = Producer(deployment.kafka.confluent())
    for reading in (Tick(watermark=1, at=1, completeness=1.0), measured):
        producer.produce("measures", encode(reading))
    assert not producer.flush(60)

    assert was_seen(deployment.kafka, "m", "1", now)
    assert not was_seen(deployment.kafka, "m", "2", now)
    assert not was_seen(deployment.kafka, "m", "1", now + 7_200_000)
