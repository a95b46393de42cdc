"""How far a stage has got, and room for what comes: read what it committed, delete what it read."""

import time
from collections.abc import Callable

from confluent_kafka import Consumer, TopicPartition

from streamgauge.producers.connection import admin_client
from streamgauge.settings import Kafka, UnavailableError

_TIMEOUT = 30.0
_STUCK_S = 120.0
_LOOK_EVERY_S = 0.2


class Reached:
    """The committed offsets of the stage `measure` on one topic."""

    def __init__(self, kafka: Kafka, topic: str) -> None:
        from streamgauge.stream_processors.application import group

        self._places = [TopicPartition(topic, place) for place in range(kafka.partitions)]
        self._admin = admin_client(kafka)
        self._options = kafka.confluent() | {"group.id": group("measure")}

    def wait(self, events: int, check: Callable[[], None]) -> None:
        """Return once so many events are committed; they are deleted then.

        `check` raises when there is nobody left to wait for.
        """
        deadline = time.monotonic() + _STUCK_S
        consumer = Consumer(self._options)
        try:
            while True:
                found = consumer.committed(self._places, timeout=_TIMEOUT)
                offsets = [max(0, place.offset) for place in found]
                if sum(offsets) >= events:
                    break
                check()
                if time.monotonic() > deadline:
                    raise UnavailableError(f"measure is stuck at {sum(offsets):,} of {events:,}")
                time.sleep(_LOOK_EVERY_S)
        finally:
            consumer.close()
        gone = [
            TopicPartition(place.topic, place.partition, offset)
            for place, offset in zip(self._places, offsets, strict=True)
            if offset
        ]
        if gone:
            for answer in self._admin.delete_records(gone).values():
                answer.result(_TIMEOUT)
