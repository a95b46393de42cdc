"""A keeper on a real broker: what it writes down, and what a restart finds."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from random import Random

import msgspec
import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from structlog.testing import capture_logs
from tests.conftest import wait_until
from tests.stream_processors import records
from tests.stream_processors.test_measure import GARBAGE, prediction

from streamgauge.contracts.codec import encode
from streamgauge.contracts.measure import Measure
from streamgauge.contracts.topics import state_topic
from streamgauge.metrics.window import Widths
from streamgauge.settings import Settings, Window
from streamgauge.stream_processors.fold_state import StateFold
from streamgauge.stream_processors.held import BODY_BYTES
from streamgauge.stream_processors.keeper import Keeper
from streamgauge.stream_processors.kept_partition import End
from streamgauge.stream_processors.log_record import AnyLogRecord, Claim, Delta, decode
from streamgauge.stream_processors.outbox import Outbox
from streamgauge.stream_processors.read_back import read_back
from streamgauge.stream_processors.record_batch import RecordBatch
from streamgauge.stream_processors.source import SOURCES

pytestmark = pytest.mark.kafka
WINDOW = Window(width=1.0, delay=1.0, lateness=60.0, idle=0.01)


@pytest.fixture
def settings(deployment: Settings) -> Settings:
    return msgspec.structs.replace(deployment, window=WINDOW)


@pytest.fixture
def keeper(settings: Settings) -> Iterator[Callable[..., Keeper]]:
    """Makes keepers, and closes them."""
    made: list[Keeper] = []

    def make(window: Window = WINDOW) -> Keeper:
        outbox = Outbox(settings.kafka, "test")
        asked = msgspec.structs.replace(settings, window=window)
        made.append(Keeper(asked, SOURCES["predictions"], outbox, trims=False))
        return made[-1]

    yield make
    for one in made:
        one.close()


def batch(values: Iterable[bytes], first: int = 0) -> RecordBatch:
    class Record(msgspec.Struct):
        offset: int
        value: bytes
        key: None = None
        timestamp: int = 0

    found = [Record(offset, value) for offset, value in enumerate(values, first)]
    return RecordBatch.of(first, first + len(found), found)


def unknown(_partition: int) -> End | None:
    return None


def produce(settings: Settings, values: Iterable[bytes]) -> None:
    """The offsets that a log speaks of are there: else it would be of a topic made anew."""
    producer = Producer(settings.kafka.confluent() | {"linger.ms": 20})
    for number, value in enumerate(values):
        producer.produce("predictions", value, partition=0)
        if number % 10_000 == 0:
            producer.flush()
    producer.flush()


def whole_log(settings: Settings) -> list[AnyLogRecord]:
    """What the state log says."""
    topic = state_topic("measure", "predictions").name
    found = [decode(message.value() or b"") for message in read_back(settings.kafka, topic, 0)]
    return [one for one in found if one is not None]


def log(settings: Settings) -> list[AnyLogRecord]:
    """What the state log says, but for claims."""
    return [one for one in whole_log(settings) if not isinstance(one, Claim)]


async def test_a_restart_goes_on_behind_what_was_counted(
    settings: Settings, keeper: Callable[[], Keeper]
) -> None:
    values = [encode(prediction(number)) for number in range(10)]
    produce(settings, values)
    first = keeper()
    await first.acquire([0])
    await first.take(0, batch(values))
    await first.release([0])
    assert list(first.commits().values()) == [10]
    assert first.commits() == {}
    second = keeper()
    await second.acquire([0])
    assert second.kept[0].position == 10
    assert second.kept[0].accepted == 10
    # The same batch again, as a fetch that was under way brings it, is no news.
    await second.take(0, batch(values))
    second.flush(unknown)
    assert second.kept[0].accepted == 10


async def test_the_log_names_some_events_that_came_late(
    settings: Settings, keeper: Callable[[], Keeper]
) -> None:
    old = msgspec.structs.replace(prediction(1), ts=int(time.time() * 1_000) - 3_600_000)
    values = [encode(prediction(0)), encode(old)]
    produce(settings, values)
    one = keeper()
    await one.acquire([0])
    await one.take(0, batch(values))
    with capture_logs() as lines:
        one.flush(unknown)
    (line,) = [line for line in lines if line["event"] == "late events"]
    assert [(late["partition"], late["offset"], late["id"]) for late in line["some"]] == [
        (0, 1, old.id)
    ]


async def test_events_weigh_as_often_as_their_features_may_count(
    settings: Settings, keeper: Callable[..., Keeper]
) -> None:
    values = [encode(prediction(number)) for number in range(3)]
    produce(settings, values)
    declared = {"region": ("eu", "us"), "tier": ("gold",)}
    one = keeper(msgspec.structs.replace(WINDOW, declared=declared))
    await one.acquire([0])
    await one.take(0, batch(values))
    assert one.kept[0].weight == 3 * sum(map(len, values))


async def test_a_partition_is_idle_only_as_far_as_a_fetch_has_told(
    settings: Settings, keeper: Callable[[], Keeper]
) -> None:
    one = keeper()
    await one.acquire([0])
    await asyncio.sleep(2 * WINDOW.idle)
    one.flush(lambda _: End(0, 1))
    one.flush(lambda _: End(0, 1))
    # Nobody knows when that fetch was.
    assert one.kept[0].watermark == 0
    await asyncio.sleep(0.1)
    one.flush(lambda _: End(0, 2))
    reached = one.kept[0].watermark
    assert 0 < reached <= int(time.time() * 1_000) - 1_100
    one.flush(lambda _: End(0, 2))
    one.flush(unknown)
    assert one.kept[0].watermark == reached
    one.flush(lambda _: End(1, 3))
    # What is there and not read yet may be of any time.
    assert one.kept[0].watermark == reached


@pytest.mark.parametrize("wrong", [-10_800, 10_800], ids=["behind", "ahead"])
async def test_a_partition_is_idle_by_the_clock_of_the_broker(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, wrong: int, keeper: Callable[[], Keeper]
) -> None:
    right = time.time
    monkeypatch.setattr(time, "time", lambda: right() + wrong)
    one = keeper()
    await one.acquire([0])
    await asyncio.sleep(2 * WINDOW.idle)
    for fetch in range(5):
        one.flush(lambda _, fetch=fetch: End(0, fetch))  # type: ignore[misc]  # bound now
    assert right() * 1_000 - 20_000 < one.kept[0].watermark <= right() * 1_000 - 1_000


async def test_a_partition_whose_events_have_all_expired_is_idle(
    settings: Settings, capabilities: object, keeper: Callable[[], Keeper]
) -> None:
    if not settings.kafka.can_delete:
        pytest.skip("this broker deletes no records")
    produce(settings, [encode(prediction(number)) for number in range(5)])
    admin = AdminClient(settings.kafka.confluent())
    for future in admin.delete_records([TopicPartition("predictions", 0, 5)]).values():
        future.result()
    one = keeper()
    await one.acquire([0])
    await asyncio.sleep(2 * WINDOW.idle)
    one.flush(lambda _: End(5, 1))
    one.flush(lambda _: End(5, 2))
    assert one.kept[0].watermark > 0


async def test_no_state_stands_for_an_event_whose_dead_letter_is_not_delivered(
    settings: Settings, keeper: Callable[[], Keeper]
) -> None:
    admin = AdminClient(settings.kafka.confluent())
    for future in admin.delete_topics(["dead-letters"]).values():
        future.result()
    wait_until(lambda: "dead-letters" not in admin.list_topics(timeout=5).topics, 20, "deletion")
    one = keeper()
    await one.acquire([0])
    await one.take(0, batch([GARBAGE]))
    one.flush(unknown)
    await one.release([0])
    assert log(settings) == []


async def test_hours_of_thin_traffic_that_are_read_at_once_are_written_in_pieces_and_joined(
    settings: Settings, keeper: Callable[[], Keeper]
) -> None:
    """A thousand windows change between two flushes: more than memory should hold."""
    one = keeper()
    await one.acquire([0])
    now = int(time.time() * 1_000)
    count = 10_000
    values = [
        encode(prediction(number, ts=now - (count - number) * 100)) for number in range(count)
    ]
    produce(settings, values)
    for first in range(0, count, 500):
        await one.take(0, batch(values[first : first + 500], first))
    one.flush(unknown)
    await one.release([0])
    assert len(log(settings)) > 1
    widths = Widths(1_000, 1_000, 86_400_000)
    source = SOURCES["predictions"]
    fold = StateFold(
        "predictions",
        1,
        source.shape(settings),
        widths,
        source.telling(settings),
        stall=10.0,
        wide=1.0,
        now=0.0,
    )
    for number, record in enumerate(whole_log(settings)):
        fold.take(0, number, record, 0.0)
    shown = [one for one in fold.publish(0.0) if isinstance(one, Measure) and one.base]
    assert sum(one.values["prediction_count"] for one in shown) == count
    second = keeper()
    await second.acquire([0])
    assert second.kept[0].position == count
    assert second.kept[0].accepted == count


async def test_names_that_strangers_make_up_never_fill_more_than_a_record(
    settings: Settings, keeper: Callable[[], Keeper]
) -> None:
    """Names as long and as many as validation lets in, in as many windows: 27 MB in a batch."""
    one = keeper()
    await one.acquire([0])
    random = Random(7)
    now = int(time.time() * 1_000)

    def hostile(number: int, length: int, count: int) -> bytes:
        names = (f"{random.getrandbits(4 * length):0{length}x}" for _ in range(count))
        features = dict.fromkeys(names, 1.0)
        ts = now - (450 - number) * 1_000
        return encode(prediction(number, ts=ts, model=f"m{number}", features=features))

    values = [hostile(number, 250, 240) for number in range(450)]
    # What would be more than that is refused, and says so.
    values += [hostile(450, 257, 1), hostile(450, 257, 200), hostile(450, 250, 2_000)]
    values += [hostile(450, 4, 2_000)]
    produce(settings, values)
    await one.take(0, batch(values))
    one.flush(unknown)
    assert one.kept[0].held.stopped is None
    assert (one.kept[0].accepted, one.kept[0].rejected) == (450, 4)
    await one.release([0])
    assert one.kept[0].held.counted == 454
    deltas = [record for record in log(settings) if isinstance(record, Delta)]
    assert len(deltas) > 1
    assert sum(len(record.body) for record in deltas) > BODY_BYTES
    letters = records.dead_letters(settings)
    assert [letters["predictions", 0, at].reason for at in range(450, 454)] == [
        "label_len",
        "label_len",
        "too_wide",
        "too_wide",
    ]
