"""All that the notifier reads: alerts as one owner of a group, and the topics beside them.

The partition of `alerts` is the group's; whoever has it reads silences, acknowledgements, states
and the ledger too, with the same consumer, from where a restore begins.
"""

import logging
import time
from collections.abc import Callable

import msgspec
from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from streamgauge.alerting.delivery.crash_point import pass_point
from streamgauge.alerting.topic_reader import is_end, true_end
from streamgauge.contracts.topics import TOPICS
from streamgauge.settings import Kafka, UnavailableError

GROUP = "streamgauge-notifier"
ALERTS, STATES, SILENCES, ACKS, LEDGER, MEASURES = (
    TOPICS[name].name
    for name in ("alerts", "alert-state", "silences", "acks", "notifications", "measures")
)
BESIDE = (STATES, SILENCES, ACKS)
_TIMEOUT = 10.0
_BATCH = 500
_log = logging.getLogger(__name__)


class Assigned(msgspec.Struct, frozen=True):
    """From now on this process notifies, under the claim at `epoch`.

    `start` is the first record of `alerts` to come, `ends` the offsets at which the topics ended.
    Digests want to know of older records too: those from `since` on are read before.
    `first` is set at a group's very first start; else the ledger comes from `floor` on.
    """

    epoch: int
    start: int
    since: int
    floor: int
    first: bool
    ends: dict[str, int]


class Revoked(msgspec.Struct, frozen=True):
    """Another process notifies now."""


class End(msgspec.Struct, frozen=True):
    """A topic has been read to its end."""

    topic: str


Event = Assigned | Revoked | End | Message


class Inbox:
    """A confluent-kafka consumer; all methods are called from one thread.

    `claim` writes the claim to the ledger and returns its offset; `failed` hears of errors that
    pass by themselves. With a `name` of its own, a process that comes back goes on at once instead
    of waiting until Kafka has noticed that it was gone. `reach` says how far before now (ms)
    digests look back.
    """

    def __init__(
        self,
        kafka: Kafka,
        name: str | None,
        claim: Callable[[float], int],
        failed: Callable[[KafkaError], None],
        reach: Callable[[], int],
    ) -> None:
        self._kafka = kafka
        self._reach = reach
        self._claim = claim
        self._failed = failed
        self._events: list[Event] = []
        self._consumer = Consumer(
            {
                **kafka.confluent(),
                "group.id": GROUP,
                **({"group.instance.id": name} if name else {}),
                "session.timeout.ms": int(kafka.session_timeout * 1000),
                "heartbeat.interval.ms": int(kafka.session_timeout * 1000) // 6,
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                "fetch.message.max.bytes": TOPICS["notifications"].max_message_bytes,
                "queued.max.messages.kbytes": 32_768,
                "fetch.wait.max.ms": 100,
                "topic.metadata.refresh.interval.ms": 10_000,
                "on_commit": self._committed,
            },
            logger=_log,
        )
        self._subscribe()

    def poll(self, timeout: float) -> list[Event]:
        """What came, in order: a change of ownership stands before the records that follow it."""
        came: list[Event] = []
        for _ in range(_BATCH):
            message = self._consumer.poll(0 if came else timeout)
            came += self._events
            self._events.clear()
            if message is None:
                break
            error = message.error()
            if error is None:
                came.append(message)
            elif is_end(error):
                came.append(End(message.topic() or ""))
            elif error.fatal():
                raise UnavailableError(f"Kafka: {error.str()}")
            else:
                self._failed(error)
        return came

    def commit(self, position: int, floor: int, *, wait: bool = False) -> None:
        """Nobody is owed anything of the records before the position; ledger needed from `floor`.

        What Kafka does not take now is part of the next commit.
        """
        place = TopicPartition(ALERTS, 0, position, str(floor))
        try:
            if wait:
                self._consumer.commit(offsets=[place], asynchronous=False)
            else:
                self._consumer.commit(offsets=[place], asynchronous=True)
        except KafkaException as error:
            _log.warning("could not commit: %s; trying again", error.args[0].str())

    def rejoin(self) -> None:
        """Leave the group and come back: somebody else has claimed the ledger."""
        self._consumer.unsubscribe()
        self._subscribe()

    def close(self) -> None:
        """Leave the group, so that another takes over at once."""
        self._consumer.close()

    def _subscribe(self) -> None:
        self._consumer.subscribe([ALERTS], on_assign=self._assign, on_revoke=self._revoke)

    def _committed(self, error: KafkaError | None, _places: list[TopicPartition]) -> None:
        if error is None:
            pass_point("after_commit")
        else:
            self._failed(error)

    def _assign(self, consumer: Consumer, given: list[TopicPartition]) -> None:
        if not given:
            return
        deadline = time.monotonic() + self._kafka.start_timeout
        while True:
            try:
                self._begin(consumer, given[0])
            except KafkaException as error:
                # For example topics that are just being created.
                if time.monotonic() > deadline:
                    raise
                _log.warning("cannot begin: %s; trying again", error.args[0].str())
                time.sleep(0.5)
            else:
                return

    def _begin(self, consumer: Consumer, alerts: TopicPartition) -> None:
        (held,) = consumer.committed([alerts], timeout=_TIMEOUT)
        first = held.offset < 0
        start = true_end(self._kafka, alerts) if first else held.offset
        kept = held.metadata or ""
        since = start if first else self._look_back(consumer, start)
        floor = int(kept) if not first and kept.isdecimal() else 0
        epoch = self._claim(_TIMEOUT)
        pass_point("after_claim")
        ends = {
            topic: consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=_TIMEOUT)[1]
            for topic in (ALERTS, *BESIDE)
        }
        consumer.assign(
            [
                TopicPartition(ALERTS, 0, since),
                TopicPartition(LEDGER, 0, floor),
                *(TopicPartition(topic, 0, OFFSET_BEGINNING) for topic in BESIDE),
            ]
        )
        self._events.append(Assigned(epoch, start, since, floor, first, ends))

    def _look_back(self, consumer: Consumer, start: int) -> int:
        reach = self._reach()
        if not reach:
            return start
        asked = TopicPartition(ALERTS, 0, int(time.time() * 1000) - reach)
        (found,) = consumer.offsets_for_times([asked], timeout=_TIMEOUT)
        return min(start, found.offset) if found.offset >= 0 else start

    def _revoke(self, _consumer: Consumer, _taken: list[TopicPartition]) -> None:
        self._events.append(Revoked())
