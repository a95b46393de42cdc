"""The one way out of a stage: idempotent, and a lost delivery ends the process."""

import logging
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from confluent_kafka import KafkaError, Message, Producer

from streamgauge.contracts import codec
from streamgauge.contracts.dead_letter import DeadLetter, Reason
from streamgauge.logs import log
from streamgauge.settings import Kafka

Delivered = Callable[[int], None]
# How long a stage may stand still for its dead letters.
SETTLE_S = 1.0


class Outbox:
    """Produces with `acks=all`; calls back with the offset once Kafka has the record.

    `failed` is set by the first delivery that Kafka refuses: the owner must then stop (exit 75) and
    be restarted, because records behind the lost one would lie.
    """

    def __init__(self, kafka: Kafka, client: str) -> None:
        self.failed: str | None = None
        self._kafka = kafka
        self._client = client
        self._producer = self._made({})
        # Of letters nobody needs the offset, so no success is reported; most stages bury nothing.
        self._letters: Producer | None = None
        self._unsettled: set[Producer] = set()

    def _made(self, more: dict[str, Any]) -> Producer:
        return Producer(
            self._kafka.confluent()
            | {
                "client.id": self._client,
                "enable.idempotence": True,
                "acks": "all",
                "compression.type": "zstd",
                "linger.ms": 5,
                "message.max.bytes": 8_000_000,
                "delivery.timeout.ms": 60_000,
                "queue.buffering.max.messages": 1_000_000,
                "error_cb": _report,
                "logger": logging.getLogger("librdkafka"),
                "reconnect.backoff.max.ms": 5_000,
            }
            | more
        )

    def put(
        self,
        topic: str,
        key: str | bytes | None,
        value: bytes | None,
        *,
        partition: int = -1,
        headers: Sequence[tuple[str, bytes]] = (),
        delivered: Delivered | None = None,
    ) -> None:
        """Queue a record. Waits while the queue is full: a stage has nothing better to do."""

        def answer(error: KafkaError | None, message: Message) -> None:
            if error is not None:
                self.failed = self.failed or f"{topic}: {error.str()}"
            elif delivered is not None:
                delivered(message.offset() or 0)

        extra: dict[str, Any] = {"partition": partition} if partition >= 0 else {}
        extra |= {"headers": list(headers), "on_delivery": answer}
        _queue(self._producer, topic, value, key, **extra)

    def send_first(self, topic: str, key: str | bytes, value: bytes) -> None:
        """Queue a record that must be delivered before any state that stands for its cause."""
        self._unsettled.add(self._producer)
        self.put(topic, key, value)

    def bury(self, letter: DeadLetter) -> None:
        """Put what could not be read on `dead-letters`; a flood of it must not cost much."""
        if self._letters is None:
            lightly = {"compression.type": "lz4", "linger.ms": 100, "on_delivery": self._lost}
            self._letters = self._made(lightly | {"delivery.report.only.error": True})
        self._unsettled.add(self._letters)
        value, headers = codec.encode(letter), _headers(letter.reason)
        _queue(self._letters, "dead-letters", value, letter.key, headers=headers)

    def _lost(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self.failed = self.failed or f"dead-letters: {error.str()}"

    def settle(self, seconds: float) -> bool:
        """Wait until all that was buried is delivered; whether it was.

        Before that no state may stand for those events: a crash would lose their bytes. Without any
        this costs nothing, and it blocks the event loop so that none is added meanwhile.
        """
        self._unsettled = {one for one in self._unsettled if one.flush(seconds)}
        return not self._unsettled and self.failed is None

    def poll(self) -> None:
        """Run the callbacks of what has been delivered."""
        for producer in self._producers():
            producer.poll(0)

    def flush(self, seconds: float) -> bool:
        """Wait until everything is delivered; whether it was."""
        left = [producer.flush(seconds) for producer in self._producers()]
        return not any(left) and self.failed is None

    def _producers(self) -> list[Producer]:
        return [self._producer, *([self._letters] if self._letters else [])]


def _queue(producer: Producer, *record: Any, **more: Any) -> None:
    while True:
        try:
            producer.produce(*record, **more)
        except BufferError:
            producer.poll(0.1)
        else:
            return


@cache
def _headers(reason: Reason) -> list[tuple[str, bytes]]:
    return [("reason", reason.encode()), ("ce_type", b"streamgauge.deadletter.v1")]


def _report(error: KafkaError) -> None:
    log.warning("kafka", error=error.str())
