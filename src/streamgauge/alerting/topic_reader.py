"""Read a topic from somewhere to its end as it is now, without a group and without commits."""

import time
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


def is_end(error: KafkaError) -> bool:
    """Whether it is no error: a partition has been read to its end."""
    return error.code() == KafkaError._PARTITION_EOF  # noqa: SLF001 -- librdkafka's own codes begin so


def read_to_end(
    kafka: Kafka, topic: str, last: int | None = None, since: int | None = None
) -> Iterator[Message]:
    """The records of a topic, of each partition the `last` ones only if that is given.

    With `since` (ms), those only that the broker got from then on.
    """
    with closing(reader(kafka)) as consumer:
        open_ends = set()
        for one in partitions(consumer, topic):
            low, high = consumer.get_watermark_offsets(one, timeout=_TIMEOUT)
            one.offset = low if last is None else max(low, high - last)
            if since is not None:
                one.offset = _since(consumer, one, since, high)
            consumer.incremental_assign([one])
            open_ends.add(one.partition)
        while open_ends:
            message = consumer.poll(_TIMEOUT)
            if message is None:
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT, topic))  # noqa: SLF001 -- librdkafka's own codes begin so
            error = message.error()
            if error is None:
                yield message
            elif is_end(error):
                open_ends.discard(message.partition())
            elif not error.retriable():
                raise KafkaException(error)


def _since(consumer: Consumer, one: TopicPartition, since: int, high: int) -> int:
    asked = TopicPartition(one.topic, one.partition, since)
    try:
        found = consumer.offsets_for_times([asked], timeout=_TIMEOUT)[0].offset
    except KafkaException:
        # A broker that keeps no index by time: all that it still has is read.
        return one.offset
    return found if found >= 0 else high


def true_end(kafka: Kafka, one: TopicPartition) -> int:
    """The offset that a partition's next record will have.

    A broker may answer the question for it with the start of its last batch (the embedded one
    does), so the rest is read, up to what is newer than the question.
    """
    asked = time.time() * 1000
    with closing(reader(kafka)) as consumer:
        _, high = consumer.get_watermark_offsets(one, timeout=_TIMEOUT)
        consumer.assign([TopicPartition(one.topic, one.partition, high)])
        while message := consumer.poll(_TIMEOUT):
            error = message.error()
            if error is None and message.timestamp()[1] >= asked:
                return message.offset() or 0
            if error is None:
                high = (message.offset() or 0) + 1
            elif is_end(error):
                return high
            else:
                raise KafkaException(error)
    raise KafkaException(KafkaError(KafkaError._TIMED_OUT, one.topic))  # noqa: SLF001 -- as above
