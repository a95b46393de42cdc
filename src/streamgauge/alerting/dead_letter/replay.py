"""Sends dead letters again to where they came from, each source position once.

The ledger is the topic `replays`. An entry is begun before its record is sent and done after that
is delivered. A replay that was killed in between leaves entries begun: the next one looks behind
the end that they note for a record marked with their position, and so knows.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from typing import Any

import msgspec
from confluent_kafka import KafkaError, KafkaException, Message, Producer, TopicPartition

from streamgauge.alerting.dead_letter.box import Position, position, records
from streamgauge.alerting.topic_reader import is_end, reader
from streamgauge.contracts.codec import decode, encode
from streamgauge.contracts.dead_letter import DeadLetter, Replay
from streamgauge.contracts.topics import TOPICS
from streamgauge.settings import Kafka, UnavailableError

LEDGER = "replays"
MARK = "replay-of"
_Headers = list[tuple[str, str | bytes | None]]
_Message = tuple[str, int, bytes | None, bytes, _Headers]
_TOGETHER = 1_000
_TIMEOUT = 30.0


def obstacle(letter: DeadLetter) -> str | None:
    """Why a letter cannot be sent again.

    >>> obstacle(DeadLetter(topic="predictions", partition=0, offset=1, reason="json", detail="",
    ...     value=b"{", size=1))
    """
    if letter.until:
        return "it stands for a record batch that cannot be opened"
    if len(letter.value) < letter.size:
        return f"only the first {len(letter.value)} of its {letter.size} bytes are kept"
    source = TOPICS.get(letter.topic)
    if source is None or source.internal:
        return "its topic is not one that services send to"
    return None


def replay(
    kafka: Kafka, wanted: Iterable[DeadLetter], *, dry_run: bool
) -> Iterator[tuple[DeadLetter, str]]:
    """Send letters again, with their keys, to their partitions; yields each with what became of it.

    That is "replayed", "replayed before", or why it cannot be. A dry run sends nothing. Two replays
    must not run at once.
    """
    done = _done(kafka)
    left = iter(wanted)
    while some := list(islice(left, _TOGETHER)):
        found = [
            (one, "replayed before" if position(one) in done else obstacle(one) or "replayed")
            for one in some
        ]
        chosen = [one for one, result in found if result == "replayed"]
        if chosen and not dry_run:
            _send(kafka, chosen)
        yield from found


def mark(place: Position) -> bytes:
    """What the header `replay-of` of a record says that was sent again.

    >>> mark(("predictions", 0, 17))
    b'predictions/0/17'
    """
    return "/".join(map(str, place)).encode()


def _done(kafka: Kafka) -> set[Position]:
    """What was sent again before, those included whose replay did not live to say so."""
    entries: dict[Position, Replay] = {}
    for message in records(kafka, LEDGER):
        entry = decode(Replay, message.value() or b"")
        entries[entry.topic, entry.partition, entry.offset] = entry
    done = {place for place, entry in entries.items() if entry.state == "done"}
    begun: dict[tuple[str, int], list[Replay]] = {}
    for entry in entries.values():
        if entry.state == "begun":
            begun.setdefault((entry.topic, entry.partition), []).append(entry)
    for (topic, partition), open_entries in begun.items():
        start = TopicPartition(topic, partition, min(entry.end for entry in open_entries))
        marks = set(_marks(kafka, start))
        for entry in open_entries:
            place = (topic, partition, entry.offset)
            if mark(place) in marks:
                done.add(place)
    return done


def _marks(kafka: Kafka, start: TopicPartition) -> Iterator[bytes]:
    with closing(reader(kafka)) as consumer:
        consumer.assign([start])
        while True:
            message = consumer.poll(_TIMEOUT)
            if message is None:
                raise UnavailableError(f"{start.topic}/{start.partition} does not answer")
            error = message.error()
            if error is None:
                marks: Any = message.headers() or ()
                yield from (value for name, value in marks if name == MARK)
            elif is_end(error):
                return
            elif not error.retriable():
                raise KafkaException(error)


def _send(kafka: Kafka, letters: list[DeadLetter]) -> None:
    producer = Producer(
        kafka.confluent()
        | {"enable.idempotence": True, "acks": "all", "delivery.timeout.ms": int(_TIMEOUT * 1_000)}
    )
    ends = _ends(kafka, {(letter.topic, letter.partition) for letter in letters})
    entries = [
        Replay(
            topic=letter.topic,
            partition=letter.partition,
            offset=letter.offset,
            state="begun",
            end=ends[letter.topic, letter.partition],
            at=int(time.time() * 1_000),
        )
        for letter in letters
    ]
    _put(producer, ((LEDGER, 0, _key(entry), encode(entry), []) for entry in entries))
    _put(
        producer,
        (
            (one.topic, one.partition, one.key, one.value, [(MARK, mark(position(one)))])
            for one in letters
        ),
    )
    ended = (msgspec.structs.replace(entry, state="done") for entry in entries)
    _put(producer, ((LEDGER, 0, _key(entry), encode(entry), []) for entry in ended))


def _key(entry: Replay) -> bytes:
    return mark((entry.topic, entry.partition, entry.offset))


def _put(producer: Producer, messages: Iterable[_Message]) -> None:
    failed: list[KafkaError] = []

    def answer(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            failed.append(error)

    for topic, partition, key, value, headers in messages:
        producer.produce(topic, value, key, partition, headers=headers, on_delivery=answer)
        producer.poll(0)
    if producer.flush(2 * _TIMEOUT) or failed:
        told = failed[0].str() if failed else "no answer"
        raise UnavailableError(f"not all was sent again ({told}); run it once more")


def _ends(kafka: Kafka, places: set[tuple[str, int]]) -> dict[tuple[str, int], int]:
    with closing(reader(kafka)) as consumer:
        return {
            (topic, partition): consumer.get_watermark_offsets(
                TopicPartition(topic, partition), timeout=_TIMEOUT
            )[1]
            for topic, partition in places
        }
