"""Follows log partitions as they grow, in a thread of its own, and hands records to the loop."""

import threading
import time
from queue import SimpleQueue

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from streamgauge.logs import log
from streamgauge.settings import Kafka
from streamgauge.stream_processors.log_record import (
    AnyLogRecord,
    BrokenRecordError,
    UnknownVersionError,
    decode,
)

Heard = AnyLogRecord | UnknownVersionError | BrokenRecordError | None
_POLL_S = 0.1
_BATCH = 200
_MS = 1_000


class LogTail:
    """One consumer for all partitions of a log that this process owns.

    `follow` gives a token; what comes of that partition from then on carries it, until `leave`.
    `failed` says why nothing more comes. `drifts` has for each token how far the broker's clock is
    ahead of the monotonic one here, in milliseconds, or less: see `drift`.
    """

    def __init__(self, kafka: Kafka, topic: str) -> None:
        self.failed: str | None = None
        self.drifts: dict[int, float] = {}
        self._topic = topic
        self._heard: SimpleQueue[tuple[int, int, Heard]] = SimpleQueue()
        self._asked: SimpleQueue[tuple[int, int, int | None]] = SimpleQueue()
        # Of the partitions that are followed; only the thread uses it.
        self._tokens: dict[int, int] = {}
        self._last_token = 0
        self._closing = threading.Event()
        self._consumer = Consumer(
            kafka.confluent()
            | {
                "group.id": "streamgauge-reader",
                "enable.auto.commit": False,
                # A log that was cut or made anew under its owner must stop it, not begin again.
                "auto.offset.reset": "error",
                "fetch.message.max.bytes": 8_000_000,
                "fetch.wait.max.ms": 100,
                "queued.max.messages.kbytes": 32_768,
            }
        )
        self._thread = threading.Thread(target=self._guarded, name=f"tail {topic}", daemon=True)
        self._thread.start()

    def follow(self, partition: int, offset: int) -> int:
        """Read a partition from an offset on."""
        self._last_token += 1
        self._asked.put((partition, self._last_token, offset))
        return self._last_token

    def leave(self, partition: int) -> None:
        """Read a partition no further."""
        self._asked.put((partition, 0, None))

    def heard(self) -> list[tuple[int, int, Heard]]:
        """What has come since the last call: token, offset, and the record or what is wrong."""
        return [self._heard.get() for _ in range(self._heard.qsize())]

    def close(self) -> None:
        """End the thread."""
        self._closing.set()
        self._thread.join(10)

    def _guarded(self) -> None:
        try:
            while not self._closing.is_set():
                self._obey()
                self._listen()
        except Exception as error:
            self.failed = f"{self._topic}: {error!r}"
        finally:
            self._consumer.close()

    def _obey(self) -> None:
        for _ in range(self._asked.qsize()):
            partition, token, offset = self._asked.get()
            if (gone := self._tokens.pop(partition, None)) is not None:
                self.drifts.pop(gone, None)
                self._consumer.incremental_unassign([TopicPartition(self._topic, partition)])
            if offset is not None:
                place = TopicPartition(self._topic, partition, offset)
                self._consumer.incremental_assign([place])
                self._tokens[partition] = token

    def _listen(self) -> None:
        message = self._consumer.poll(_POLL_S)
        for _ in range(_BATCH):
            if message is None:
                return
            self._take(message)
            message = self._consumer.poll(0)

    def _take(self, message: Message) -> None:
        if (error := message.error()) is not None:
            if error.fatal() or error.code() == KafkaError._AUTO_OFFSET_RESET:  # noqa: SLF001 its public name
                self.failed = f"{self._topic}: {error.str()}"
            else:
                # librdkafka goes on by itself, from where it was.
                log.warning("kafka", topic=self._topic, error=error.str())
            return
        token = self._tokens.get(message.partition() or 0)
        if token is None:
            return
        record: Heard
        try:
            record = decode(message.value())
        except (UnknownVersionError, BrokenRecordError) as wrong:
            record = wrong
        self.drifts[token] = drift(message)
        self._heard.put((token, message.offset() or 0, record))


def drift(message: Message) -> float:
    """How far the broker's clock is at least ahead of the monotonic clock here, in milliseconds.

    It had the time of the record when it appended it, and that was before now.
    """
    return message.timestamp()[1] - time.monotonic() * _MS
