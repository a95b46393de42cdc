"""A keeper on a real broker: what it writes down, and what a restart finds."""

import asyncio
import time
from collections.abc import Iterable

import msgspec
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from tests.conftest import wait_until
from tests.stream_processors.test_measure import GARBAGE, prediction

from streamgauge.contracts.codec import encode
from streamgauge.contracts.topics import state_topic
from streamgauge.metrics.window import Widths
from streamgauge.settings import Settings, Window
from streamgauge.stream_processors import state_record
from streamgauge.stream_processors.fold_state import StateFold
from streamgauge.stream_processors.keeper import End, Keeper
from streamgauge.stream_processors.outbox import Outbox
from streamgauge.stream_processors.read_back import read_back
from streamgauge.stream_processors.record_batch import RecordBatch
from streamgauge.stream_processors.source import SOURCES
from streamgauge.stream_processors.state_record import StateRecord

pytestmark = pytest.mark.kafka
WINDOW = Window(width=1.0, delay=1.0, lateness=60.0, idle=0.01)


@pytest.fixture
def settings(deployment: Settings) -> Settings:
    return msgspec.structs.replace(deployment, window=WINDOW)


def keeper(settings: Settings) -> Keeper:
    return Keeper(settings, SOURCES["predictions"], Outbox(settings.kafka, "test"))


def batch(values: Iterable[bytes]) -> RecordBatch:
    class Record(msgspec.Struct):
        offset: int
        value: bytes
        key: None = None
        timestamp: int = 0

    records = [Record(offset, value) for offset, value in enumerate(values)]
    return RecordBatch(0, len(records), records)


def unknown(_partition: int) -> End | None:
    return None


def end(offset: int) -> End:
    return End(offset, int(time.time() * 1_000))


def log(settings: Settings) -> list[StateRecord]:
    topic = state_topic("measure", "predictions").name
    return [
        state_record.decode(message.value() or b"")
        for message in read_back(settings.kafka, topic, 0)
    ]


async def write_some(settings: Settings, count: int = 10) -> None:
    first = keeper(settings)
    await first.acquire([0])
    await first.take(0, batch(encode(prediction(number)) for number in range(count)))
    await first.release([0])


@pytest.mark.parametrize("told", [None, 10], ids=["an unknown end", "the end where it was"])
async def test_open_windows_are_not_forgotten_before_they_were_read_again(
    settings: Settings, told: int | None
) -> None:
    await write_some(settings)
    second = keeper(settings)
    await second.acquire([0])
    await asyncio.sleep(2 * WINDOW.idle)
    second.flush(unknown if told is None else lambda _: end(told))
    await second.release([0])
    # Who takes over now must read the open windows from their beginning, or replaces them by less.
    assert {record.first for record in log(settings)} == {0}


async def test_a_partition_is_idle_only_as_far_as_a_fetch_has_told(settings: Settings) -> None:
    one = keeper(settings)
    await one.acquire([0])
    await asyncio.sleep(2 * WINDOW.idle)
    long_ago = End(0, int(time.time() * 1_000) - 600_000)
    one.flush(lambda _: long_ago)
    assert one.kept[0].opened.watermark == long_ago.at - 1_000
    one.flush(unknown)
    assert one.kept[0].opened.watermark == long_ago.at - 1_000


async def test_a_partition_whose_events_have_all_expired_is_idle(
    settings: Settings, capabilities: object
) -> None:
    if not settings.kafka.can_delete:
        pytest.skip("this broker deletes no records")
    producer = Producer(settings.kafka.confluent())
    for number in range(5):
        producer.produce("predictions", encode(prediction(number)), partition=0)
    producer.flush()
    from confluent_kafka import TopicPartition

    admin = AdminClient(settings.kafka.confluent())
    for future in admin.delete_records([TopicPartition("predictions", 0, 5)]).values():
        future.result()
    one = keeper(settings)
    await one.acquire([0])
    await asyncio.sleep(2 * WINDOW.idle)
    one.flush(lambda _: end(5))
    assert one.kept[0].opened.watermark > 0


async def test_no_state_stands_for_an_event_whose_dead_letter_is_not_delivered(
    settings: Settings,
) -> None:
    admin = AdminClient(settings.kafka.confluent())
    for future in admin.delete_topics(["dead-letters"]).values():
        future.result()
    wait_until(lambda: "dead-letters" not in admin.list_topics(timeout=5).topics, 20, "deletion")
    one = keeper(settings)
    await one.acquire([0])
    await one.take(0, batch([GARBAGE]))
    one.flush(unknown)
    await one.release([0])
    assert log(settings) == []


async def test_totals_that_are_larger_than_a_message_are_cut_and_joined(settings: Settings) -> None:
    """A day of thin traffic, read at once: thousands of windows change between two flushes."""
    one = keeper(settings)
    await one.acquire([0])
    now = int(time.time() * 1_000)
    count = 60_000
    ids = (f"{number:0128}" for number in range(count))
    values = (
        encode(prediction(number, id=name, ts=now - (count - number) * 100))
        for number, name in enumerate(ids)
    )
    await one.take(0, batch(values))
    one.flush(unknown)
    await one.release([0])
    widths = Widths(1_000, 1_000, 86_400_000)
    fold = StateFold("predictions", 1, widths, 10.0, 0.0)
    assert len(log(settings)) > 1
    for record in log(settings):
        fold.take(record, 0.0)
    shown = [one for one in fold.publish(0.0) if hasattr(one, "values")]
    assert sum(one.values["prediction_count"] for one in shown) == count
    restored = one._log.restore(0)
    assert restored is not None
    assert restored.next == count
