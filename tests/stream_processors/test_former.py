"""What stood on `measures` before a merge began, on real Kafka."""

import msgspec
import pytest
from confluent_kafka import Producer
from tests.metrics.event import MINUTE, T0

from streamgauge.contracts.codec import encode
from streamgauge.contracts.measure import Measure, Tick
from streamgauge.settings import Settings
from streamgauge.stream_processors.former import read_former

pytestmark = pytest.mark.kafka


def measure(number: int = 0) -> Measure:
    """A record of a model whose name is like words of ours, as a stranger may choose them."""
    return Measure(
        labels={"model": f'"tick" {number}', "version": "1"},
        window="1m",
        start=T0,
        end=T0 + MINUTE,
        revision=1,
        as_of=T0,
        final=False,
        completeness=1.0,
        values={},
        samples={},
    )


def of_pipeline(topic: str, start: int, window: str = "1m", revision: int = 0) -> Measure:
    return msgspec.structs.replace(
        measure(),
        labels={"stage": "measure", "topic": topic},
        source="pipeline",
        window=window,
        start=start,
        end=start + MINUTE,
        revision=revision,
        base=window == "1m",
    )


def beat(at: int) -> Tick:
    return Tick(watermark=at - 1_000, at=at, completeness=1.0)


class Writer:
    def __init__(self, settings: Settings) -> None:
        self._producer = Producer(settings.kafka.confluent() | {"linger.ms": 50})
        self.written = 0

    def put(self, record: Measure | Tick | bytes, key: str | None = None, times: int = 1) -> None:
        value = record if isinstance(record, bytes) else encode(record)
        for number in range(times):
            self._producer.produce("measures", value, key)
            self.written += 1
            if number % 10_000 == 0:
                self._producer.flush()
        self._producer.flush()


def test_of_a_new_deployment_there_is_nothing(deployment: Settings) -> None:
    former = read_former(deployment.kafka, MINUTE)
    assert (former.tick.watermark, former.tick.at, former.pipeline) == (0, 0, [])


def test_the_last_tick_is_found_behind_however_many_records(deployment: Settings) -> None:
    writer = Writer(deployment)
    writer.put(beat(T0))
    writer.put(beat(T0 + 5_000))
    writer.put(b'{"type":"tick","no"')
    writer.put(measure(), times=60_000)
    writer.put(measure(), 'a "tick"', times=10)
    former = read_former(deployment.kafka, MINUTE)
    assert former.tick == beat(T0 + 5_000)


def test_the_newest_windows_of_ourselves_are_found_with_their_hours(deployment: Settings) -> None:
    writer = Writer(deployment)
    for minute in range(3):
        for topic in ("predictions", "outcomes"):
            start = T0 + minute * MINUTE
            writer.put(of_pipeline(topic, start), "measure")
            writer.put(of_pipeline(topic, T0 - 7, "1h", revision=minute), "measure")
        writer.put(measure(), "measure", times=1_500)
        writer.put(beat(T0 + (minute + 1) * MINUTE + 100))
    former = read_former(deployment.kafka, MINUTE)
    assert former.tick == beat(T0 + 3 * MINUTE + 100)
    found = {(one.labels["topic"], one.window): one for one in former.pipeline}
    assert set(found) == {(t, w) for t in ("predictions", "outcomes") for w in ("1m", "1h")}
    for (_, window), one in found.items():
        if window == "1m":
            assert one.start == T0 + 2 * MINUTE
        else:
            assert (one.start, one.revision) == (T0 - 7, 2)
