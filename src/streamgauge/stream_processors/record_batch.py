"""Carries a Kafka record batch through Faust as one message of about 500 events.

Faust spends several asyncio steps on a message. With 500 events to a message that cost is paid once
for all of them, and 500 events with their sums stay in the processor's cache. The hook is private
to aiokafka (`PartitionRecords._unpack_records`); test_record_batch.py holds it.
"""

from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.structs import ConsumerRecord
from faust.serializers.codecs import Codec, register

CUT = 500
SERIALIZER = "record_batch"
_hot: set[str] = set()


class RecordBatch:
    """Raw events in offset order, and the offsets that the fetch proves to hold nothing else.

    Everything from `first` up to, not including, `next` was in the log as shown here: `records` has
    what is left of it after compaction, control records and aborted transactions.
    """

    __slots__ = ("first", "next", "records", "values")

    def __init__(self, first: int, next_offset: int, records: list[Any]) -> None:
        self.first = first
        self.next = next_offset
        self.records = records
        self.values: list[bytes | None] = [record.value for record in records]

    def __len__(self) -> int:
        return len(self.records)


class _PartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc]  # aiokafka is untyped
    """Yields one ConsumerRecord for about CUT events of a hot topic, one an event for others."""

    next_fetch_offset: int

    def _unpack_records(self) -> Iterator[ConsumerRecord]:
        if self._tp.topic not in _hot:
            yield from super()._unpack_records()
            return
        held: list[Any] = []
        first: int = self.next_fetch_offset
        reached = first
        timestamp = 0
        while self._records.has_next():
            batch = self._records.next_batch()
            if self._check_crcs and not batch.validate_crc():
                raise CorruptRecordException(f"Invalid CRC - {self._tp}")
            if not (self._aborted(batch) or batch.is_control_batch):
                timestamp = batch.max_timestamp
                records = list(batch)
                if records and records[0].offset < first:
                    records = [record for record in records if record.offset >= first]
                while len(held) + len(records) >= CUT:
                    cut = CUT - len(held)
                    held += records[:cut]
                    del records[:cut]
                    reached = held[-1].offset + 1
                    # A fetch position that is behind what was handed over would repeat it.
                    self.next_fetch_offset = reached
                    yield self._carry(RecordBatch(first, reached, held), timestamp)
                    held, first = [], reached
                held += records
            reached = batch.next_offset
        if held or reached > first:
            self.next_fetch_offset = reached
            yield self._carry(RecordBatch(first, reached, held), timestamp)

    def _aborted(self, batch: Any) -> bool:
        """Whether the batch is of a transaction that was rolled back, for read_committed."""
        if self._isolation_level != fetcher.READ_COMMITTED or batch.producer_id is None:
            return False
        self._consume_aborted_up_to(batch.base_offset)
        if batch.is_control_batch and self._contains_abort_marker(batch):
            self._aborted_producers.discard(batch.producer_id)
        return bool(batch.is_transactional and batch.producer_id in self._aborted_producers)

    def _carry(self, batch: RecordBatch, timestamp: int) -> ConsumerRecord:
        topic, partition = self._tp
        return ConsumerRecord(
            topic, partition, batch.next - 1, timestamp, 0, None, batch, None, 0, 0, ()
        )


class _Raw(Codec):
    """Hands a value through as it is."""

    def _loads(self, s: Any) -> Any:
        return s

    def _dumps(self, s: Any) -> Any:
        return s


def carry_batches(topic: str) -> None:
    """From now on this process reads the topic in record batches."""
    _hot.add(topic)
    if fetcher.PartitionRecords is not _PartitionRecords:
        fetcher.PartitionRecords = _PartitionRecords
        register(SERIALIZER, _Raw())
