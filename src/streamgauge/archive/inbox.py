"""Records from Kafka, held by partition until they are written."""

import logging
import time
from collections.abc import Callable
from typing import Any

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from streamgauge.archive.kind import TOPICS
from streamgauge.archive.manifest import Chain
from streamgauge.archive.position import Start
from streamgauge.archive.record import Record
from streamgauge.settings import Kafka

GROUP = "streamgauge-archive"
_AT_ONCE = 5_000
_MOST_BYTES = 64 << 20
_LARGEST_RECORD = 8 << 20
# What a broker may put on a record; DuckDB's calendar and ours end earlier than 64 bits.
_LAST_MS = 99_999_999_999_999
Key = tuple[str, int]
_log = logging.getLogger(__name__)


class OutOfRangeError(Exception):
    """The log does not hold the position: its start moved while we were reading."""


class Held(msgspec.Struct):
    """Records of one partition that are not written yet. `begin` follows on the last manifest.

    `since` is when the oldest of them was put on Kafka (ms), or the newest that was written.
    """

    chain: Chain
    begin: int
    absent: int
    since: int = 0
    records: list[Record] = []


class Inbox:
    """The consumer; all methods are called from one thread."""

    def __init__(
        self,
        kafka: Kafka,
        start: Callable[[Consumer, list[TopicPartition]], list[Start]],
        write: Callable[[], None],
        instance: str | None = None,
    ) -> None:
        self.held: dict[Key, Held] = {}
        self.count = 0
        self._bytes = 0
        self._start = start
        self._write = write
        self._oldest: float | None = None
        self._consumer = Consumer(_options(kafka, instance), logger=_log)
        self._consumer.subscribe(
            list(TOPICS), on_assign=self._assign, on_revoke=self._revoke, on_lost=self._lose
        )

    def poll(self, timeout: float) -> None:
        """Take in what has come."""
        for message in self._consumer.consume(_AT_ONCE, timeout):
            if (error := message.error()) is not None:
                _hear(error)
                continue
            # A record that a rebalance has overtaken belongs to another process now.
            held = self.held.get((message.topic(), message.partition()))  # type: ignore[arg-type]  # a record has both
            if held is None:
                continue
            value = message.value()
            appended = min(max(0, message.timestamp()[1]), _LAST_MS)
            if not held.records:
                held.since = appended
            held.records.append(Record(message.offset() or 0, appended, value))
            self.count += 1
            self._bytes += len(value or b"")
            if self._oldest is None:
                self._oldest = time.monotonic()

    def is_due(self, rows: int, every: float) -> bool:
        """Whether so much is held, or for so long, that it should be written."""
        if self._oldest is None:
            return False
        waited = time.monotonic() - self._oldest
        return self.count >= rows or self._bytes >= _MOST_BYTES or waited >= every

    def written(self, key: Key, end: int) -> None:
        """Everything that was held of a partition is in the archive now, up to `end`."""
        held = self.held[key]
        if held.records:
            held.since = held.records[-1].appended
        self.count -= len(held.records)
        held.begin, held.absent, held.records = end, 0, []

    def all_written(self) -> None:
        """Tell Kafka how far we are, for tools that show lag; nothing depends on it."""
        self._oldest, self._bytes = None, 0
        places = [
            TopicPartition(topic, part, held.begin) for (topic, part), held in self.held.items()
        ]
        try:
            if places:
                self._consumer.commit(offsets=places, asynchronous=False)
        except KafkaException as error:
            _log.warning("could not commit: %s; the manifests hold", error.args[0].str())

    def behind(self, key: Key) -> int:
        """How many records Kafka holds that were not fetched, as far as is known."""
        held = self.held[key]
        after = held.records[-1].offset + 1 if held.records else held.begin + held.absent
        _, high = self._consumer.get_watermark_offsets(TopicPartition(*key), cached=True)
        return max(0, high - after)

    def forget(self) -> None:
        """Let go of all that is held; who comes next reads it again."""
        self.held.clear()
        self.count = self._bytes = 0
        self._oldest = None

    def close(self) -> None:
        """Leave the group, so that another takes over at once."""
        self._consumer.close()

    def _assign(self, consumer: Consumer, given: list[TopicPartition]) -> None:
        self.forget()
        for start in self._start(consumer, given):
            chain = start.chain
            absent = start.first - start.end
            self.held[chain.topic, chain.partition] = Held(chain, start.end, absent)
        consumer.assign(
            [
                TopicPartition(topic, part, held.begin + held.absent)
                for (topic, part), held in self.held.items()
            ]
        )
        _log.info("archiving %d partitions", len(given))

    def _revoke(self, _consumer: Consumer, _taken: list[TopicPartition]) -> None:
        self._write()
        self.forget()

    def _lose(self, _consumer: Consumer, _taken: list[TopicPartition]) -> None:
        # Somebody else has them already: what is held is theirs to read again.
        self.forget()


def _options(kafka: Kafka, instance: str | None) -> dict[str, Any]:
    # Who comes back under its name after a crash need not wait for its session to end.
    static = {"group.instance.id": f"archive-{instance}"} if instance else {}
    return {
        **kafka.confluent(),
        **static,
        "group.id": GROUP,
        "session.timeout.ms": int(kafka.session_timeout * 1000),
        "heartbeat.interval.ms": max(1, int(kafka.session_timeout * 1000) // 6),
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        # A position that Kafka does not hold is for us to judge.
        "auto.offset.reset": "error",
        "fetch.wait.max.ms": 200,
        "fetch.message.max.bytes": _LARGEST_RECORD,
        "queued.max.messages.kbytes": 64 << 10,
        "topic.metadata.refresh.interval.ms": 10_000,
    }


def _hear(error: KafkaError) -> None:
    if error.code() == KafkaError._AUTO_OFFSET_RESET:  # noqa: SLF001 - librdkafka's own codes begin so
        raise OutOfRangeError(error.str())
    _log.warning("Kafka: %s; going on", error.str())
