"""Follows the state log while workers come and go: who moved a partition on, and when."""

import threading
from statistics import median
from typing import NamedTuple

from confluent_kafka import Consumer, Message, TopicPartition

from streamgauge.contracts.topics import state_topic
from streamgauge.settings import Kafka
from streamgauge.stream_processors.log_record import Claim, Delta, decode

_TOPIC = state_topic("measure", "predictions").name


class Advance(NamedTuple):
    """A delta that counts: its time at the broker in seconds, and its writer's epoch."""

    at: float
    epoch: int


class Kill(NamedTuple):
    """When a worker was killed, and what it owned."""

    at: float
    partitions: frozenset[int]


class LogWatch(threading.Thread):
    """Reads all partitions of the state log until `end`; `zombies` counts what comes too late."""

    def __init__(self, kafka: Kafka) -> None:
        super().__init__(name="log-watch", daemon=True)
        self.advances: dict[int, list[Advance]] = {p: [] for p in range(kafka.partitions)}
        self.zombies = 0
        self._epochs = dict.fromkeys(range(kafka.partitions), -1)
        # Its own, because it keeps quiet when the broker is killed.
        self._consumer = Consumer(
            kafka.confluent()
            | {
                "group.id": "streamgauge-bench",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "reconnect.backoff.max.ms": 1_000,
                "log_level": 0,
            }
        )
        self._consumer.assign([TopicPartition(_TOPIC, p, 0) for p in range(kafka.partitions)])
        self._ending = threading.Event()

    def run(self) -> None:
        """Follow."""
        while not self._ending.is_set():
            for message in self._consumer.consume(200, 0.2):
                if message.error() is None:
                    self._take(message)
        self._consumer.close()

    def end(self) -> None:
        """Stop following."""
        self._ending.set()
        self.join()

    def _take(self, message: Message) -> None:
        record, partition = decode(message.value()), message.partition() or 0
        if isinstance(record, Claim):
            self._epochs[partition] = message.offset() or 0
        elif isinstance(record, Delta):
            if record.epoch != self._epochs[partition]:
                self.zombies += 1
            elif record.end > record.begin:
                at = message.timestamp()[1] / 1_000
                self.advances[partition].append(Advance(at, record.epoch))


def gaps(kill: Kill, advances: dict[int, list[Advance]]) -> list[float]:
    """Seconds from a kill until another owner moved each of its partitions on.

    >>> log = {0: [Advance(1.0, epoch=0), Advance(2.1, epoch=0), Advance(9.0, epoch=7)]}
    >>> gaps(Kill(2.0, frozenset({0})), log)
    [7.0]
    """
    found = []
    for partition in kill.partitions:
        before = [one for one in advances[partition] if one.at <= kill.at]
        epoch = before[-1].epoch if before else None
        after = (one.at for one in advances[partition] if one.at > kill.at and one.epoch != epoch)
        if (first := next(after, None)) is not None:
            found.append(first - kill.at)
    return found


def summed(kills: list[Kill], advances: dict[int, list[Advance]]) -> dict[str, float]:
    """Median and longest gap of all kills; `failover_s` is that of the last, who stayed away."""
    found = [gap for kill in kills for gap in gaps(kill, advances)]
    if not found:
        return {}
    last = gaps(kills[-1], advances)
    away = {"failover_s": max(last)} if last else {}
    return {"takeover_s": median(found), "takeover_max_s": max(found)} | away
