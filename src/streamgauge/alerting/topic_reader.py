"""Read a topic from somewhere to its end as it is now, without a group and without commits."""

from collections.abc import Iterator
from contextlib import closing

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from streamgauge.settings import Kafka

_TIMEOUT = 10.0


def reader(kafka: Kafka) -> Consumer:
    """A consumer for `assign()`; it joins no group although librdkafka wants one named."""
    return Consumer(
        {
            **kafka.confluent(),
            "group.id": "streamgauge-reader",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
        }
    )


def partitions(consumer: Consumer, topic: str) -> list[TopicPartition]:
    """All partitions of a topic; KafkaException if there is none."""
    about = consumer.list_topics(topic, timeout=_TIMEOUT).topics[topic]
    if about.error is not None:
        raise KafkaException(about.error)
    return [TopicPartition(topic, number) for number in sorted(about.partitions)]


def read_to_end(kafka: Kafka, topic: str, last: int | None = None) -> Iterator[Message]:
    """The records of a topic, of each partition the `last` ones only if that is given."""
    with closing(reader(kafka)) as consumer:
        open_ends = set()
        for one in partitions(consumer, topic):
            low, high = consumer.get_watermark_offsets(one, timeout=_TIMEOUT)
            one.offset = low if last is None else max(low, high - last)
            consumer.incremental_assign([one])
            open_ends.add(one.partition)
        while open_ends:
            message = consumer.poll(_TIMEOUT)
            if message is None:
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT, topic))  # noqa: SLF001 -- librdkafka's own codes begin so
            error = message.error()
            if error is None:
                yield message
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 -- as above
                open_ends.discard(message.partition())
            elif not error.retriable():
                raise KafkaException(error)
