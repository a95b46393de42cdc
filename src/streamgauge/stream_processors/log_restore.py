"""Reads a state log back, from the newest base that counts up to the reader's own claim. Blocks."""

import time
from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from streamgauge.alerting.topic_reader import true_end
from streamgauge.contracts import codec
from streamgauge.logs import log
from streamgauge.settings import Kafka
from streamgauge.stream_processors.log_owner import Instruction, Owner, Refuse, Standing
from streamgauge.stream_processors.log_record import (
    AnyLogRecord,
    Base,
    BrokenRecordError,
    Claim,
    Delta,
    UnknownVersionError,
    decode,
)
from streamgauge.stream_processors.log_tail import drift
from streamgauge.stream_processors.read_back import bounds

# So many records of the end are searched for a delta that names a base; then more.
_PEEK = 8
_PATIENCE_S = 30.0


class Place(NamedTuple):
    """A partition of a log: of which source topic, and which group reads that."""

    topic: str
    source: str
    group: str
    partition: int


class Restored(NamedTuple):
    """What the owner says to its log, where its claim is, and what reading it back took.

    `drift` is that of the claim, see `log_tail.drift`.
    """

    told: list[Instruction]
    claim: int
    records: int
    foreign: int
    seconds: float
    drift: float


def restore(kafka: Kafka, place: Place, owner: Owner[Any], topic_id: str) -> Restored:
    """Read until the claim that the owner has just written, and hand every record to it."""
    begun = time.monotonic()
    consumer = _reader(kafka, place.group)
    try:
        records = foreign = 0
        for message in _from_newest_base(consumer, place, owner.name):
            offset, value = message.offset() or 0, message.value()
            records += 1
            try:
                record = decode(value)
                if record is None:
                    foreign += 1
                    log.error(
                        "foreign bytes in a state log",
                        topic=place.topic,
                        partition=place.partition,
                        offset=offset,
                    )
                    continue
                mine = _is_claim_of(record, owner.name)
                standing = _standing(kafka, consumer, place, owner, topic_id) if mine else None
                told = owner.tail(offset, record, standing)
            except (UnknownVersionError, BrokenRecordError, *codec.UNREADABLE) as error:
                told, mine = [Refuse(f"record {offset} cannot be read: {error}")], True
            if mine:
                took = time.monotonic() - begun
                return Restored(told, offset, records, foreign, took, drift(message))
    finally:
        consumer.close()
    raise TimeoutError(f"{place.topic}[{place.partition}]: the claim did not come back")


def _reader(kafka: Kafka, group: str) -> Consumer:
    """It knows the group only to ask for its offset; it never joins."""
    return Consumer(
        kafka.confluent()
        | {
            "group.id": group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "fetch.message.max.bytes": 16_000_000,
            "fetch.wait.max.ms": 20,
            "fetch.queue.backoff.ms": 10,
        }
    )


def _from_newest_base(consumer: Consumer, place: Place, owner: str) -> Iterator[Message]:
    low, high = bounds(consumer, TopicPartition(place.topic, place.partition))
    base = _newest_base(consumer, place, owner, low, high)
    if base > low:
        records = _read(consumer, place, base)
        first = next(records, None)
        found = _lenient(first.value()) if first else None
        if first is not None and isinstance(found, Base) and found.part == 0:
            yield from chain([first], records)
            return
        log.error("a delta names a base that is none", topic=place.topic, offset=base)
    yield from _read(consumer, place, low)


def _newest_base(consumer: Consumer, place: Place, owner: str, low: int, high: int) -> int:
    """Where a restore may start: what the last deltas name, else the log's first record."""
    size = _PEEK
    while True:
        start = max(low, high - size)
        named = []
        for message in _read(consumer, place, start):
            record = _lenient(message.value())
            if isinstance(record, Delta):
                named.append(record.base)
            elif _is_claim_of(record, owner):
                break
        if named or start == low:
            return max([low, *named])
        size *= 8


def _read(consumer: Consumer, place: Place, start: int) -> Iterator[Message]:
    """Records from an offset on, as long as there are any."""
    consumer.assign([TopicPartition(place.topic, place.partition, start)])
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        message: Message | None = consumer.poll(0.5)
        if message is None:
            continue
        if (error := message.error()) is not None:
            if error.fatal() or not error.retriable():
                raise KafkaException(error)
            continue
        deadline = time.monotonic() + _PATIENCE_S
        yield message


def _standing(
    kafka: Kafka, consumer: Consumer, place: Place, owner: Owner[Any], topic_id: str
) -> Standing:
    source = TopicPartition(place.source, place.partition)
    low, high = bounds(consumer, source)
    if owner.fold.next > high:
        # The embedded broker answers with the start of the last batch.
        high = true_end(kafka, source)
    return Standing(committed=_committed(consumer, source), low=low, high=high, topic_id=topic_id)


def _committed(consumer: Consumer, source: TopicPartition) -> int:
    """The group's offset, 0 without one; waits while the group has no coordinator."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            (found,) = consumer.committed([source], timeout=_PATIENCE_S)
        except KafkaException:
            # A broker that has just started is still loading its groups.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            if found.error is not None:
                raise KafkaException(found.error)
            return max(found.offset, 0)


def _is_claim_of(record: AnyLogRecord | None, owner: str) -> bool:
    return isinstance(record, Claim) and record.owner == owner


def _lenient(value: bytes | None) -> AnyLogRecord | None:
    """For records that only say where to start: what is wrong with them shows when they count."""
    try:
        return decode(value)
    except (UnknownVersionError, BrokenRecordError):
        return None
