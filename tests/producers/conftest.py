"""A broker with our topics, and a reader of what arrived."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from streamgauge.contracts.topics import TOPICS
from streamgauge.embedded import free_port
from streamgauge.models.serve import build, listen
from streamgauge.settings import Client, Kafka, Receipt, Serve, Settings
from streamgauge.stream_processors.read_back import bounds

SOURCES = ("predictions", "outcomes", "feedback", "usage", "heartbeats")
Reader = Callable[..., list[Message]]


@pytest.fixture
def broker(kafka: Kafka) -> Kafka:
    """Kafka with the topics that services write to; another test may have deleted them."""
    admin = AdminClient({**kafka.confluent(), "log_level": 0})
    new = [
        NewTopic(name, kafka.partitions, kafka.replication, config=TOPICS[name].config())
        for name in SOURCES
    ]
    for created in admin.create_topics(new).values():
        try:
            created.result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
    deadline = time.monotonic() + 60
    while any(
        name not in (topics := admin.list_topics(timeout=5).topics)
        or any(part.leader < 0 for part in topics[name].partitions.values())
        for name in SOURCES
    ):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return kafka


@pytest.fixture(autouse=True)
def ends(request: pytest.FixtureRequest) -> dict[tuple[str, int], int]:
    """Where topics ended before anything of this test was sent: other tests leave millions."""
    if "broker" not in request.fixturenames:
        return {}
    broker: Kafka = request.getfixturevalue("broker")
    consumer = Consumer({**broker.confluent(), "group.id": uuid.uuid4().hex})
    try:
        return {
            (topic, partition): bounds(consumer, TopicPartition(topic, partition))[1]
            for topic in SOURCES
            for partition in consumer.list_topics(topic, timeout=30).topics[topic].partitions
        }
    finally:
        consumer.close()


@pytest.fixture
def read(broker: Kafka, ends: dict[tuple[str, int], int]) -> Reader:
    """Read what came to a topic until `count` records that `wanted` accepts have come."""

    def records(
        topic: str, count: int, wanted: Callable[[Message], bool], timeout: float = 60
    ) -> list[Message]:
        consumer = Consumer(
            {
                **broker.confluent(),
                "group.id": uuid.uuid4().hex,
                "auto.offset.reset": "earliest",
            }
        )
        found: list[Message] = []
        deadline = time.monotonic() + timeout
        try:
            # Assigned, not subscribed: a group's coordinator takes its time on a busy machine.
            partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
            begins = {one: ends.get((topic, one), OFFSET_BEGINNING) for one in partitions}
            consumer.assign([TopicPartition(topic, one, at) for one, at in begins.items()])
            while len(found) < count and time.monotonic() < deadline:
                found += [
                    message
                    for message in consumer.consume(500, timeout=0.2)
                    if message.error() is None and wanted(message)
                ]
        finally:
            consumer.close()
        assert len(found) >= count, f"{len(found)} of {count} records on {topic}"
        return found

    return records


@pytest.fixture
def served(broker: Kafka, artifacts: Path) -> Iterator[tuple[Settings, str, Path]]:
    """The real inference service: settings, address and the data that its models know."""
    settings = Settings(
        kafka=broker,
        receipt=Receipt(keys="k1:a-test-key"),
        client=Client(pseudonym_key="a-test-key"),
        serve=Serve(port=free_port(), artifacts=artifacts, faults=True),
    )
    listener = listen("127.0.0.1", settings.serve.port)
    listener.listen()
    server = uvicorn.Server(uvicorn.Config(build(settings), log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield settings, f"http://127.0.0.1:{settings.serve.port}", artifacts.parent
    server.should_exit = True
    thread.join(60)
    listener.close()
