"""Cuts a state log below a base that every reader has long had the chance to follow. Blocks."""

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from streamgauge.logs import log
from streamgauge.settings import Kafka
from streamgauge.stream_processors.log_record import (
    BrokenRecordError,
    Delta,
    UnknownVersionError,
    decode,
)
from streamgauge.stream_processors.read_back import bounds, read_back, reader

# How long a reader of a log may be away.
KEPT_S = 6 * 3_600
_PATIENCE_S = 30.0
# Among so many records there is a delta, unless nobody has measured for long.
_SEARCHED = 1_000


def trim(kafka: Kafka, topic: str, partition: int, newest: int, before: int) -> int | None:
    """Delete what lies below the last base that counted before a time (ms); the new first offset.

    The first delta after that time names it, so this needs no memory of older bases. `newest` is
    the newest base that the caller has counted: no delta may name one beyond it.
    """
    consumer = reader(kafka)
    try:
        place = TopicPartition(topic, partition)
        low, high = bounds(consumer, place)
        start = _at(consumer, topic, partition, before)
    finally:
        consumer.close()
    if start is None or start <= low:
        return None
    base = _named(kafka, topic, partition, start, high)
    if base is None or not low < base <= min(newest, start):
        return None
    admin = AdminClient(kafka.confluent())
    request = [TopicPartition(topic, partition, base)]
    for future in admin.delete_records(request).values():
        future.result(_PATIENCE_S)
    log.info("state log trimmed", topic=topic, partition=partition, to=base)
    return base


def _at(consumer: Consumer, topic: str, partition: int, time: int) -> int | None:
    """The first record that is not older than that."""
    asked = TopicPartition(topic, partition, time)
    (found,) = consumer.offsets_for_times([asked], timeout=_PATIENCE_S)
    return found.offset if found.offset >= 0 else None


def _named(kafka: Kafka, topic: str, partition: int, start: int, high: int) -> int | None:
    """The base that the first delta from an offset on names, if it names one."""
    until = min(high, start + _SEARCHED)
    for message in read_back(kafka, topic, partition, to=until, newest=until - start):
        try:
            record = decode(message.value())
        except (UnknownVersionError, BrokenRecordError):
            return None
        if isinstance(record, Delta):
            return record.base if record.base >= 0 else None
    return None
