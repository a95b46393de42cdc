"""A stage's sums for tests of its log: how often each offset of the source was counted."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from tests.conftest import wait_until

from streamgauge.producers.provision import provision
from streamgauge.settings import Kafka
from streamgauge.stream_processors.held import Held
from streamgauge.stream_processors.log_driver import OwnedLog
from streamgauge.stream_processors.outbox import Outbox
from streamgauge.stream_processors.read_back import bounds, reader

Counts = dict[int, int]
SOURCE = "predictions"
GROUP = "streamgauge-measure"


class Counting:
    """Bodies are lists of offsets; a base is cut into parts of a few."""

    def empty(self) -> Counts:
        return {}

    def add(self, sums: Counts, body: bytes) -> Counts:
        for offset in msgspec.msgpack.decode(body, type=list[int]):
            sums[offset] = sums.get(offset, 0) + 1
        return sums

    def load(self, parts: list[bytes]) -> Counts:
        loaded: Counts = {}
        for part in parts:
            loaded |= dict(msgspec.msgpack.decode(part, type=list[tuple[int, int]]))
        return loaded

    def dump(self, sums: Counts) -> list[bytes]:
        items = sorted(sums.items())
        return [msgspec.msgpack.encode(items[at : at + 3]) for at in range(0, len(items), 3)]


class Desk:
    """One process's log, with what a stage does around it."""

    def __init__(self, kafka: Kafka, generation: str = "", *, trims: bool = True) -> None:
        self.kafka = kafka
        self.outbox = Outbox(kafka, "test")
        self.sums = Counting()
        self.log: OwnedLog[Counts] = OwnedLog(
            kafka, "measure", SOURCE, self.outbox, self.sums, trims=trims, generation=generation
        )

    def count(self, held: Held[Counts], end: int) -> None:
        """Count the offsets up to `end` and write them down."""
        body = msgspec.msgpack.encode(list(range(held.next, end)))
        held.sums = self.sums.add(held.sums, body)
        held.flush(end, watermark=end * 10, body=body)

    def rebase(self, held: Held[Counts]) -> None:
        held.rebase(self.sums.dump(held.sums), watermark=held.next * 10)

    async def until(self, condition: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + 60
        while not condition():
            self.log.poll()
            assert time.monotonic() < deadline, what
            await asyncio.sleep(0.01)

    def close(self) -> None:
        self.log.close()
        self.outbox.flush(5)


@contextmanager
def desk(kafka: Kafka, generation: str = "", *, trims: bool = True) -> Iterator[Desk]:
    opened = Desk(kafka, generation, trims=trims)
    try:
        yield opened
    finally:
        opened.close()


def feed(kafka: Kafka, count: int, partition: int = 0) -> None:
    """Events of the source; what is in them is nobody's concern here."""
    producer = Producer(kafka.confluent())
    for _ in range(count):
        producer.produce(SOURCE, b"{}", partition=partition)
    assert producer.flush(60) == 0


def write(kafka: Kafka, topic: str, value: bytes, partition: int = 0) -> None:
    """A record by somebody who is not the owner."""
    producer = Producer(kafka.confluent())
    producer.produce(topic, value, partition=partition)
    assert producer.flush(60) == 0


def commit(kafka: Kafka, offset: int, partition: int = 0, group: str = GROUP) -> None:
    """Commit from outside; a worker that another test has killed is in the group for a session."""
    place = TopicPartition(SOURCE, partition, offset)

    def committed() -> bool:
        try:
            consumer.commit(offsets=[place], asynchronous=False)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.UNKNOWN_MEMBER_ID:
                raise
            return False
        return True

    with closing(Consumer(kafka.confluent() | {"group.id": group})) as consumer:
        wait_until(committed, 60, "nobody else is in the group")


def delete_before(kafka: Kafka, topic: str, offset: int, partition: int = 0) -> None:
    admin = AdminClient({**kafka.confluent(), "log_level": 0})
    for done in admin.delete_records([TopicPartition(topic, partition, offset)]).values():
        done.result(20)


def first_offset(kafka: Kafka, topic: str, partition: int = 0) -> int:
    consumer = reader(kafka)
    try:
        return bounds(consumer, TopicPartition(topic, partition))[0]
    finally:
        consumer.close()


def make_anew(kafka: Kafka, topic: str) -> None:
    """Delete a topic and make another of its name."""
    admin = AdminClient({**kafka.confluent(), "log_level": 0})
    for done in admin.delete_topics([topic]).values():
        done.result(20)
    wait_until(lambda: topic not in admin.list_topics(timeout=10).topics, 20, "it is gone")
    provision(kafka)


def once(*ends: int) -> dict[int, int]:
    """Every offset from the first end to the last, counted once."""
    begin, end = (0, *ends)[-2:]
    return dict.fromkeys(range(begin, end), 1)
