"""Alerts from Kafka, one owner at a time, committed only where everybody was told.

A consumer group's first owner has no position. It begins at the topic's end, and with the alerts
that fire at that moment, which `alert-state` holds: old stories are not told, open ones are.
"""

import logging
import time
from collections.abc import Callable

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from streamgauge.alerting.ledger import Result, read_alert, results
from streamgauge.alerting.topic_reader import read_to_end, true_end
from streamgauge.contracts.alert import Alert
from streamgauge.contracts.topics import TOPICS
from streamgauge.settings import Kafka

GROUP = "streamgauge-notifier"
_TOPIC = TOPICS["alerts"].name
_STATE = TOPICS["alert-state"].name
_TIMEOUT = 10.0
_BATCH = 200
_log = logging.getLogger(__name__)


class Assigned(msgspec.Struct, frozen=True):
    """From now on this process notifies. `firing` is set at a group's very first start only."""

    partition: int
    start: int | None
    firing: list[Alert]
    finished: list[Result]


class Revoked(msgspec.Struct, frozen=True):
    """Another process notifies now."""


class Inbox:
    """A confluent-kafka consumer; all methods are called from one thread."""

    def __init__(self, kafka: Kafka, failed: Callable[[KafkaError], None]) -> None:
        self._kafka = kafka
        self._failed = failed
        self._events: list[Assigned | Revoked] = []
        self._consumer = Consumer(
            {
                **kafka.confluent(),
                "group.id": GROUP,
                "session.timeout.ms": int(kafka.session_timeout * 1000),
                "heartbeat.interval.ms": int(kafka.session_timeout * 1000) // 6,
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 50,
                "topic.metadata.refresh.interval.ms": 10_000,
            },
            logger=_log,
        )
        self._consumer.subscribe([_TOPIC], on_assign=self._assign, on_revoke=self._revoke)

    def poll(self, timeout: float) -> list[Assigned | Revoked | Message]:
        """What came, in order: a change of ownership stands before the records that follow it."""
        came: list[Assigned | Revoked | Message] = []
        for _ in range(_BATCH):
            message = self._consumer.poll(0 if came else timeout)
            came += self._events
            self._events.clear()
            if message is None:
                break
            if (error := message.error()) is None:
                came.append(message)
            else:
                self._failed(error)
        return came

    def commit(self, partition: int, position: int) -> bool:
        """Everything before the position is done; False if Kafka did not take it now."""
        try:
            self._consumer.commit(
                offsets=[TopicPartition(_TOPIC, partition, position)], asynchronous=False
            )
        except KafkaException as error:
            _log.warning("could not commit: %s; trying again", error.args[0].str())
            return False
        return True

    def pause(self, *, paused: bool) -> None:
        """Stop or go on fetching, for as long as too much is waiting."""
        held = self._consumer.assignment()
        (self._consumer.pause if paused else self._consumer.resume)(held)

    def close(self) -> None:
        """Leave the group, so that another takes over at once."""
        self._consumer.close()

    def _assign(self, consumer: Consumer, given: list[TopicPartition]) -> None:
        for one in given:
            deadline = time.monotonic() + self._kafka.start_timeout
            while True:
                try:
                    self._events.append(self._begin(consumer, one))
                except KafkaException as error:
                    # For example topics that are just being created.
                    if time.monotonic() > deadline:
                        raise
                    _log.warning("cannot begin: %s; trying again", error.args[0].str())
                    time.sleep(0.5)
                else:
                    break
        consumer.assign(given)

    def _begin(self, consumer: Consumer, one: TopicPartition) -> Assigned:
        (held,) = consumer.committed([one], timeout=_TIMEOUT)
        if held.offset >= 0:
            one.offset = held.offset
            return Assigned(one.partition, None, [], results(self._kafka))
        start = true_end(self._kafka, one)
        # A compacted topic still holds old records behind new ones: the last of a key counts.
        states: dict[str, Alert] = {}
        for message in read_to_end(self._kafka, _STATE):
            alert = read_alert(message)
            if isinstance(alert, Alert):
                states[alert.fingerprint] = alert
        firing = [alert for alert in states.values() if alert.state == "firing"]
        one.offset = start
        return Assigned(one.partition, start, firing, results(self._kafka))

    def _revoke(self, _consumer: Consumer, _taken: list[TopicPartition]) -> None:
        self._events.append(Revoked())
