"""What streamgauge asks of a broker; real Kafka must do all of it."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from confluent_kafka import (
    TIMESTAMP_LOG_APPEND_TIME,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from streamgauge.bench.backing import Backing
from streamgauge.bench.kafka_node import kafka_node
from streamgauge.settings import Kafka

CACHE = Path(__file__).parents[2] / ".cache"
Needs = Callable[[str], None]

# Reads and commits every record it gets, says so, and is killed in the middle.
MEMBER = """
import sys
from confluent_kafka import Consumer
consumer = Consumer({"bootstrap.servers": sys.argv[1], "group.id": sys.argv[3],
    "auto.offset.reset": "earliest", "enable.auto.commit": False, "session.timeout.ms": 6000})
consumer.subscribe([sys.argv[2]])
while True:
    message = consumer.poll(1)
    if message is not None and message.error() is None:
        consumer.commit(message, asynchronous=False)
        print(message.value().decode(), flush=True)
"""


def new_topic(kafka: Kafka, **config: str) -> str:
    name = f"contract-{uuid4().hex[:12]}"
    admin = AdminClient(kafka.confluent())
    settings = {key.replace("_", "."): value for key, value in config.items()}
    new = NewTopic(name, num_partitions=1, replication_factor=1, config=settings)
    admin.create_topics([new], operation_timeout=10)[name].result()
    return name


def produce(kafka: Kafka, topic: str, *values: bytes, **options: object) -> list[Message]:
    """The delivered messages, or the error of the first that was not."""
    done: list[tuple[KafkaError | None, Message]] = []
    producer = Producer({**kafka.confluent(), **options})
    for value in values:
        producer.produce(topic, value, on_delivery=lambda *report: done.append(report))
    assert producer.flush(60) == 0
    for error, _ in done:
        if error:
            raise KafkaException(error)
    return [message for _, message in done]


@contextmanager
def reader(kafka: Kafka, topic: str, offset: int = 0) -> Iterator[Consumer]:
    with closing(Consumer({**kafka.confluent(), "group.id": uuid4().hex})) as consumer:
        consumer.assign([TopicPartition(topic, 0, offset)])
        yield consumer


def read(kafka: Kafka, topic: str, count: int, offset: int = 0) -> list[Message]:
    with reader(kafka, topic, offset) as consumer:
        messages: list[Message] = []
        deadline = time.monotonic() + 60
        while len(messages) < count and time.monotonic() < deadline:
            messages += consumer.consume(count - len(messages), 1)
        assert len(messages) == count
        return messages


def group(kafka: Kafka, name: str) -> Consumer:
    options = {"group.id": name, "enable.auto.commit": False, "session.timeout.ms": 6_000}
    return Consumer({**kafka.confluent(), "auto.offset.reset": "earliest", **options})


def test_records_of_one_partition_stay_in_order_with_an_idempotent_producer(kafka: Kafka) -> None:
    topic = new_topic(kafka)
    values = [str(number).encode() for number in range(20_000)]
    options = {"enable.idempotence": True, "linger.ms": 1, "batch.num.messages": 100}
    produce(kafka, topic, *values, **options)
    messages = read(kafka, topic, len(values))
    assert [message.value() for message in messages] == values
    assert [message.offset() for message in messages] == list(range(len(values)))


def test_headers_and_keys_arrive_as_sent(kafka: Kafka) -> None:
    topic = new_topic(kafka)
    producer = Producer(kafka.confluent())
    producer.produce(topic, b"v", key=b"k", headers=[("ce_type", b"streamgauge.prediction.v1")])
    assert producer.flush(60) == 0
    (message,) = read(kafka, topic, 1)
    assert message.key() == b"k"
    assert message.headers() == [("ce_type", b"streamgauge.prediction.v1")]


def test_a_commit_is_found_again(kafka: Kafka) -> None:
    topic = new_topic(kafka)
    produce(kafka, topic, b"a", b"b")
    name = uuid4().hex
    with closing(group(kafka, name)) as consumer:
        consumer.commit(offsets=[TopicPartition(topic, 0, 1)], asynchronous=False)
    with closing(group(kafka, name)) as consumer:
        (found,) = consumer.committed([TopicPartition(topic, 0)], timeout=10)
        assert found.offset == 1


def test_a_commit_keeps_its_metadata(kafka: Kafka, needs: Needs) -> None:
    needs("metadata")
    topic = new_topic(kafka)
    produce(kafka, topic, b"a")
    name = uuid4().hex
    with closing(group(kafka, name)) as consumer:
        offsets = [TopicPartition(topic, 0, 1, "epoch=7")]
        consumer.commit(offsets=offsets, asynchronous=False)
        (found,) = consumer.committed([TopicPartition(topic, 0)], timeout=10)
    assert found.metadata == "epoch=7"


def test_the_time_of_a_record_is_the_brokers(kafka: Kafka, needs: Needs) -> None:
    needs("log_append_time")
    topic = new_topic(kafka, message_timestamp_type="LogAppendTime")
    before = time.time_ns() // 1_000_000
    producer = Producer(kafka.confluent())
    producer.produce(topic, b"a", timestamp=1_000_000_000_000)
    assert producer.flush(60) == 0
    (message,) = read(kafka, topic, 1)
    kind, stamp = message.timestamp()
    assert kind == TIMESTAMP_LOG_APPEND_TIME
    assert before - 1_000 <= stamp <= time.time_ns() // 1_000_000 + 1_000


def test_a_record_that_is_too_large_is_refused(kafka: Kafka, needs: Needs) -> None:
    needs("max_message_bytes")
    topic = new_topic(kafka, max_message_bytes="2000")
    produce(kafka, topic, b"x" * 1_000)
    with pytest.raises(KafkaException) as refused:
        produce(kafka, topic, b"x" * 3_000)
    assert refused.value.args[0].code() == KafkaError.MSG_SIZE_TOO_LARGE


def test_records_below_an_offset_can_be_deleted(kafka: Kafka, needs: Needs) -> None:
    needs("delete_records")
    topic = new_topic(kafka)
    produce(kafka, topic, *(str(number).encode() for number in range(10)))
    admin = AdminClient(kafka.confluent())
    (done,) = admin.delete_records([TopicPartition(topic, 0, 6)]).values()
    assert done.result().low_watermark == 6
    with reader(kafka, topic) as consumer:
        assert consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=10) == (6, 10)
    assert read(kafka, topic, 4, offset=6)[0].value() == b"6"


def test_a_member_that_is_killed_is_replaced_where_it_had_committed(kafka: Kafka) -> None:
    topic, name = new_topic(kafka), uuid4().hex
    produce(kafka, topic, b"a", b"b", b"c")
    command = [sys.executable, "-c", MEMBER, kafka.brokers, topic, name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as member:
        assert member.stdout is not None
        assert [member.stdout.readline() for _ in range(3)] == ["a\n", "b\n", "c\n"]
        member.kill()
    produce(kafka, topic, b"d")
    with closing(group(kafka, name)) as heir:
        heir.subscribe([topic])
        message = heir.poll(40)
        assert message is not None
        assert message.error() is None
        assert message.value() == b"d"


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_a_broker_that_starts_again_has_all_records(
    needs: Needs, backing: Backing, *, kill: bool
) -> None:
    needs("durable")
    if backing.kind != "jars":
        pytest.skip("only a node of our own can be restarted")
    with kafka_node(CACHE, partitions=1) as node:
        topic = new_topic(node.kafka)
        produce(node.kafka, topic, b"a", b"b")
        node.restart(kill=kill)
        produce(node.kafka, topic, b"c")
        assert [message.value() for message in read(node.kafka, topic, 3)] == [b"a", b"b", b"c"]
