"""The state log of a stage: where its totals stand, and where it finds them again.

This one writes each open window as a whole (replace records). The exact protocol with claims,
deltas and bases takes this place without a change to the stages, which know only this interface.
"""

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from streamgauge.contracts import codec
from streamgauge.contracts.topics import state_topic
from streamgauge.logs import log
from streamgauge.settings import Kafka
from streamgauge.stream_processors import state_record
from streamgauge.stream_processors.outbox import Delivered, Outbox
from streamgauge.stream_processors.read_back import bounds, read_back, reader
from streamgauge.stream_processors.state_record import StateRecord

# How long a reader may be away, and how often the log is cut below that.
KEPT_S = 7_200
TRIM_EVERY_S = 300
_PATIENCE_S = 30.0
# Records of former owners may stand behind the one that leads furthest, but not many.
_ZOMBIES = 100


class StateLog:
    """Appends to and restores from `state.<stage>.<source>`, partition by partition."""

    def __init__(self, kafka: Kafka, stage: str, source: str, outbox: Outbox) -> None:
        self.topic = state_topic(stage, source).name
        self._kafka = kafka
        self._outbox = outbox
        self._trimmed: dict[int, float] = {}

    def append(self, record: StateRecord, delivered: Delivered) -> None:
        """Write a record; `delivered` is called once Kafka has it."""
        *parts, last = state_record.encode_parts(record)
        key, partition = str(record.partition), record.partition
        for part in parts:
            self._outbox.put(self.topic, key, part, partition=partition)
        self._outbox.put(self.topic, key, last, partition=partition, delivered=delivered)

    def restore(self, partition: int) -> StateRecord | None:
        """The record that leads furthest, or None in an empty log. Blocks."""
        furthest: StateRecord | None = None
        for message in read_back(self._kafka, self.topic, partition, newest=_ZOMBIES):
            try:
                record = state_record.decode(message.value() or b"")
            except codec.UNREADABLE:
                log.error("foreign bytes in a state log", topic=self.topic, partition=partition)
                continue
            if record.part + 1 < record.parts:
                continue
            if furthest is None or record.next >= furthest.next:
                furthest = record
        return furthest

    def trim(self, partition: int, now: float) -> None:
        """Delete what is older than any reader needs; now and then. Blocks."""
        if now - self._trimmed.setdefault(partition, now) < TRIM_EVERY_S:
            return
        self._trimmed[partition] = now
        keep = int((now - KEPT_S) * 1_000)
        with_time = TopicPartition(self.topic, partition, keep)
        consumer = reader(self._kafka)
        try:
            found = consumer.offsets_for_times([with_time], timeout=_PATIENCE_S)[0]
            low, _ = bounds(consumer, with_time)
        finally:
            consumer.close()
        if found.offset > low:
            admin = AdminClient(self._kafka.confluent())
            request = [TopicPartition(self.topic, partition, found.offset)]
            for future in admin.delete_records(request).values():
                future.result(_PATIENCE_S)
            log.info("state log trimmed", topic=self.topic, partition=partition, to=found.offset)
