"""Reads a topic to its end, and on from there when asked again."""

import time
from collections.abc import Iterator

from confluent_kafka import KafkaError, KafkaException, Message, TopicPartition

from streamgauge.settings import Kafka, UnavailableError
from streamgauge.stream_processors.read_back import bounds, reader

_PATIENCE_S = 30.0


class Follower:
    """All partitions of a topic, every record once; `oldest` is the first offset Kafka still has.

    `since` (milliseconds) leaves out what was appended before. Close it.
    """

    def __init__(self, kafka: Kafka, topic: str, since: int | None = None) -> None:
        self.topic = topic
        self._consumer = reader(kafka)
        found = self._consumer.list_topics(topic, timeout=_PATIENCE_S).topics[topic]
        if found.error is not None:
            self._consumer.close()
            raise UnavailableError(f"topic {topic}: {found.error.str()}")
        places = [TopicPartition(topic, partition) for partition in found.partitions]
        self.oldest = {place.partition: bounds(self._consumer, place)[0] for place in places}
        self.reached = dict(self.oldest)
        self._ended: set[int] = set()
        if since is not None:
            times = [TopicPartition(topic, place.partition, since) for place in places]
            for place in self._consumer.offsets_for_times(times, timeout=_PATIENCE_S):
                # Nothing is that new: what comes next is.
                end = bounds(self._consumer, place)[1]
                self.reached[place.partition] = place.offset if place.offset >= 0 else end
        self._consumer.assign([TopicPartition(topic, p, at) for p, at in self.reached.items()])

    def read(self) -> Iterator[Message]:
        """What is there now and was not read yet; UnavailableError when Kafka falls silent."""
        goals = {
            partition: bounds(self._consumer, TopicPartition(self.topic, partition))[1]
            for partition in self.reached
        }
        deadline = time.monotonic() + _PATIENCE_S
        while not self._done(goals):
            if time.monotonic() > deadline:
                raise UnavailableError(f"{self.topic} did not answer for {_PATIENCE_S:.0f} s")
            for message in self._consumer.consume(1_000, 0.05):
                deadline = time.monotonic() + _PATIENCE_S
                partition, offset = message.partition() or 0, message.offset() or 0
                if (error := message.error()) is None:
                    self.reached[partition] = offset + 1
                    yield message
                elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 its public name
                    self._ended.add(partition)
                    self.reached[partition] = max(self.reached[partition], offset)
                elif error.fatal():
                    raise KafkaException(error)

    def _done(self, goals: dict[int, int]) -> bool:
        # The embedded broker tells an end that falls short, so the first time a fetch has to say.
        return all(
            partition in self._ended and self.reached[partition] >= goal
            for partition, goal in goals.items()
        )

    def close(self) -> None:
        """Leave nothing behind."""
        self._consumer.close()
