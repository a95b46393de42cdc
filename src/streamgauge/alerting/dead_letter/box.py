"""Reads dead letters: each source position once, however often a worker wrote it."""

from collections.abc import Callable, Iterator

import msgspec
from confluent_kafka import KafkaException, Message

from streamgauge.alerting.topic_reader import read_to_end
from streamgauge.contracts.codec import decoder
from streamgauge.contracts.dead_letter import DeadLetter, Reason, Reject
from streamgauge.settings import InputError, Kafka

TOPIC = "dead-letters"
Position = tuple[str, int, int]


class Wanted(msgspec.Struct, frozen=True):
    """Which letters are asked for; `since` in milliseconds of the epoch."""

    reason: Reason | None = None
    topic: str | None = None
    since: int = 0

    def takes(self, letter: DeadLetter, at: int) -> bool:
        """Whether it is one of them."""
        return (
            (self.reason is None or letter.reason == self.reason)
            and (self.topic is None or letter.topic == self.topic)
            and at >= self.since
        )


def position(letter: DeadLetter) -> Position:
    """Where the record stood: the identity of its letter."""
    return letter.topic, letter.partition, letter.offset


def letters(
    kafka: Kafka, wanted: Wanted, unreadable: Callable[[str], None]
) -> Iterator[DeadLetter]:
    """The letters in the order in which they came; `unreadable` is told what is none."""
    read = decoder(DeadLetter)
    seen: set[Position] = set()
    for message in records(kafka, TOPIC):
        letter = read(message.value())
        if isinstance(letter, Reject):
            unreadable(f"{TOPIC}/{message.partition()}/{message.offset()}: {letter.detail}")
        elif wanted.takes(letter, message.timestamp()[1]) and position(letter) not in seen:
            seen.add(position(letter))
            yield letter


def records(kafka: Kafka, topic: str) -> Iterator[Message]:
    """A topic to its end; a topic that is not there is bad input."""
    try:
        yield from read_to_end(kafka, topic)
    except KafkaException as error:
        raise InputError(f"topic {topic}: {error.args[0].str()}") from None
