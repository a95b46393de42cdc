"""What stands on a topic now, for who asks once."""

from collections.abc import Iterator

from confluent_kafka import KafkaError, KafkaException

from streamgauge.alerting.topic_reader import read_to_end
from streamgauge.settings import InputError, Kafka, UnavailableError

_ABSENT = (
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError._UNKNOWN_TOPIC,  # noqa: SLF001 -- librdkafka's own codes begin so
    KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001 -- as above
)


def values(kafka: Kafka, topic: str, since: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Offsets and values, of a compacted topic those that hold; `since` (ms) from a time on.

    `InputError` where there is no such topic, `UnavailableError` where Kafka does not answer.
    """
    try:
        for message in read_to_end(kafka, topic, since=since):
            if (value := message.value()) is not None:
                yield message.offset() or 0, value
    except KafkaException as error:
        reason: KafkaError = error.args[0]
        if reason.code() in _ABSENT:
            raise InputError(f"no topic {topic}; run: streamgauge topics create") from None
        raise UnavailableError(f"topic {topic}: {reason.str()}") from None
