"""Follows the topic `references`: what is there before a stage begins, and what comes later."""

import threading
from collections.abc import Callable
from typing import Self

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from streamgauge.contracts.reference import Reference
from streamgauge.contracts.reference_fault import read_reference
from streamgauge.logs import log
from streamgauge.settings import Kafka
from streamgauge.stream_processors.read_back import bounds, reader

TOPIC = "references"
_POLL_S = 0.2


class ReferenceTopic:
    """Hands every reference to `take`, in the order of the topic, from a thread of its own.

    `start` returns when all that was there at that moment has been taken. What cannot be read, is
    not what its hash says, or cannot be, is logged and left out. `failed` says why it no longer
    follows.
    """

    def __init__(self, kafka: Kafka, take: Callable[[Reference], None]) -> None:
        self.failed: str | None = None
        self._kafka = kafka
        self._take = take
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name=TOPIC, daemon=True)
        self._consumer: Consumer | None = None

    def start(self) -> Self:
        """Take what is there, then follow. Blocks; raises where Kafka does not answer."""
        self._consumer = consumer = reader(self._kafka)
        place = TopicPartition(TOPIC, 0)
        low, _ = bounds(consumer, place)
        consumer.assign([TopicPartition(TOPIC, 0, low)])
        while not self._poll(consumer):
            pass
        self._thread.start()
        return self

    def stop(self) -> None:
        """End the thread and close the connection."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._consumer is not None:
            self._consumer.close()

    def _follow(self) -> None:
        assert self._consumer is not None
        try:
            while not self._stop.is_set():
                self._poll(self._consumer)
        except KafkaException as error:
            self.failed = repr(error)
            log.error("references are no longer followed", reason=self.failed)

    def _poll(self, consumer: Consumer) -> bool:
        """Take what has come; whether the end was reached."""
        ended = False
        for message in consumer.consume(100, _POLL_S):
            if (error := message.error()) is not None:
                if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 its public name
                    ended = True
                elif error.fatal():
                    raise KafkaException(error)
            elif message.value() is not None:
                self._read(message)
        return ended

    def _read(self, message: Message) -> None:
        reference = read_reference(message.value() or b"")
        if isinstance(reference, Reference):
            self._take(reference)
        else:
            log.error("a reference is left out", offset=message.offset(), reason=reference)
