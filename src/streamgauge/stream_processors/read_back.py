"""Reads what a partition holds at this moment, without a group and without a trace."""

import time
from collections.abc import Iterator

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from streamgauge.settings import Kafka

_PATIENCE_S = 30.0


def reader(kafka: Kafka) -> Consumer:
    """A consumer that commits nothing and says where a partition ends."""
    return Consumer(
        kafka.confluent()
        | {
            "group.id": "streamgauge-reader",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "fetch.message.max.bytes": 8_000_000,
            "fetch.wait.max.ms": 20,
        }
    )


def bounds(consumer: Consumer, place: TopicPartition) -> tuple[int, int]:
    """First and next offset of a partition; waits while it has no leader. Blocks."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            low, high = consumer.get_watermark_offsets(place, timeout=_PATIENCE_S)
        except KafkaException:
            # A topic that was just made, or whose broker just went, has a leader in a moment.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return low, high


def read_back(
    kafka: Kafka, topic: str, partition: int, *, to: int | None = None, newest: int = 0
) -> Iterator[Message]:
    """The records of a partition to its present end or to an offset; the `newest`, or all."""
    consumer = reader(kafka)
    try:
        place = TopicPartition(topic, partition)
        low, high = bounds(consumer, place)
        end = high if to is None else to
        start = max(low, end - newest) if newest else low
        consumer.assign([TopicPartition(topic, partition, start)])
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            # consume waits for all 500 or for the time, so the time is short.
            for message in consumer.consume(500, 0.05):
                deadline = time.monotonic() + _PATIENCE_S
                if (error := message.error()) is not None:
                    # The end is what a fetch says: the embedded broker's ListOffsets falls short.
                    if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 its public name
                        return
                    raise KafkaException(error)
                if to is not None and (message.offset() or 0) >= to:
                    return
                yield message
        raise TimeoutError(f"{topic}[{partition}] did not answer")
    finally:
        consumer.close()


def committed(kafka: Kafka, group: str, topic: str, partition: int) -> int:
    """The committed offset of a group, 0 without one. Blocks."""
    consumer = Consumer(kafka.confluent() | {"group.id": group})
    try:
        found = consumer.committed([TopicPartition(topic, partition)], timeout=_PATIENCE_S)[0]
        return max(found.offset, 0)
    finally:
        consumer.close()
