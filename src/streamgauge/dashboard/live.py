"""A thread that reads the topics of the page into a board: no group, no commits, no way to harm."""

import logging
import threading
import time
from types import TracebackType
from typing import Self

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from streamgauge.dashboard.board import Board, wall_clock
from streamgauge.dashboard.offset import beginnings
from streamgauge.dashboard.record import COMPACTED, RECENT, Record, read
from streamgauge.settings import Kafka

_log = logging.getLogger(__name__)

BACK = 3_600_000
# Silence after which the broker is asked whether it is there: the tick comes every few seconds.
_QUIET = 3.0
_ASK = 2.0
_RETRY = 1.0
_BATCH = 1_000
_WAIT = 0.2


class Live:
    """Keeps a board up to date from Kafka until it is stopped; a broker that goes may come back."""

    def __init__(self, kafka: Kafka, board: Board) -> None:
        self._kafka = kafka
        self._board = board
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dashboard-live", daemon=True)
        self._next: dict[tuple[str, int], int] = {}
        self._cluster: str | None = None
        self._asked = 0.0
        self._suspect = False

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stop.set()
        self._thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self) -> None:
        while not self._stop.is_set():
            consumer = self._consumer()
            try:
                self._read(consumer)
            except Exception:
                # A page that stands still without a word would be worse than a log entry.
                self._board.link(up=False)
                _log.exception("reading for the dashboard failed; beginning again")
                self._stop.wait(_RETRY)
            finally:
                consumer.close()

    def _consumer(self) -> Consumer:
        options = {
            **self._kafka.confluent(),
            "group.id": "streamgauge-dashboard",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "earliest",
            # Live means that a record is shown as soon as it is there.
            "fetch.wait.max.ms": 200,
            "reconnect.backoff.max.ms": 1_000,
            "queued.max.messages.kbytes": 16_384,
            "error_cb": self._on_error,
            # An absent broker is told on the page; librdkafka would say it every second.
            "log_level": 2,
        }
        return Consumer(options)

    def _on_error(self, error: KafkaError) -> None:
        self._suspect = True
        _log.debug("kafka: %s", error.str())

    def _read(self, consumer: Consumer) -> None:
        """Read until stopped, or until the topics began anew and all must be read again."""
        assigned: set[tuple[str, int]] = set()
        topics = {*COMPACTED, *RECENT}
        self._asked = 0.0
        while not self._stop.is_set():
            waited = time.monotonic() - self._asked
            missing = {topic for topic, _ in assigned} != topics
            if waited > _QUIET or (waited > _RETRY and (self._suspect or missing)):
                self._asked = time.monotonic()
                if not self._look(consumer, assigned):
                    self._forget()
                    return
            messages = consumer.consume(_BATCH, timeout=_WAIT)
            if messages and not self._take(messages):
                self._forget()
                return
            if messages:
                self._asked, self._suspect = time.monotonic(), False
            elif assigned and not self._suspect:
                self._board.link(up=True, caught_up=True)

    def _look(self, consumer: Consumer, assigned: set[tuple[str, int]]) -> bool:
        """Ask the broker what it has and read what is new; False when it is another broker."""
        try:
            found = consumer.list_topics(timeout=_ASK)
            there = {
                (topic, partition)
                for topic in (*COMPACTED, *RECENT)
                if topic in found.topics and found.topics[topic].error is None
                for partition in found.topics[topic].partitions
            }
            if self._cluster not in (None, found.cluster_id) or assigned - there:
                return False
            self._cluster = found.cluster_id
            fresh = there - assigned
            if fresh:
                consumer.incremental_assign(self._begin(consumer, fresh))
                assigned |= fresh
        except KafkaException as error:
            self._suspect = True
            self._board.link(up=False)
            _log.debug("kafka does not answer: %s", error)
            return True
        self._suspect = False
        self._board.link(up=True)
        return True

    def _begin(self, consumer: Consumer, fresh: set[tuple[str, int]]) -> list[TopicPartition]:
        known = [TopicPartition(*at, self._next[at]) for at in fresh if at in self._next]
        new = [TopicPartition(*at, OFFSET_BEGINNING) for at in fresh if at not in self._next]
        whole = [one for one in new if one.topic in COMPACTED]
        recent = [one for one in new if one.topic not in COMPACTED]
        return known + whole + beginnings(consumer, recent, wall_clock() - BACK)

    def _take(self, messages: list[Message]) -> bool:
        """Fold messages into the board; False when a topic was emptied or made anew."""
        records: list[Record] = []
        for message in messages:
            if error := message.error():
                _log.warning("kafka: %s", error.str())
                if error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                    return False
                continue
            topic, partition, offset = message.topic(), message.partition(), message.offset()
            if topic is None or partition is None or offset is None:
                continue
            if offset < self._next.get((topic, partition), 0):
                return False
            self._next[topic, partition] = offset + 1
            records.append(read(topic, message.key(), message.value()))
        self._board.fold(records)
        return True

    def _forget(self) -> None:
        _log.info("the topics began anew; reading them from their start")
        self._next.clear()
        self._cluster = None
        self._board.clear()
