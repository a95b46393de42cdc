"""What is done about a record batch that is not ordinary: large, rolled back, broken, hostile.

The hooks are private to aiokafka (`fetcher.PartitionRecords`), and held by test_batch_fetch.py.
"""

from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.structs import ConsumerRecord, TopicPartition

from streamgauge.contracts.dead_letter import KEPT_BYTES, Cut
from streamgauge.logs import log
from streamgauge.stream_processors.batch_reader import Reader
from streamgauge.stream_processors.inflate import inflated_size
from streamgauge.stream_processors.record_batch import Record, RecordBatch
from streamgauge.stream_processors.skipped import Skipped, skip

CUT = 2_000
# What inflates to more than this, or says that it has more records, is carried in lighter pieces.
LARGE = 4 * 1024 * 1024
MANY = 20_000
_PIECE = 1024 * 1024
# When so much of a fetch has been handed over, the rest of it is dropped and fetched again.
GO = 32 * 1024 * 1024
# Who has set the times of a batch: the broker, as it appended it, or else the producer.
_BY_BROKER = 1
# Where a checksum was wrong: that may have happened on the way, so it is fetched once more.
_suspect: dict[TopicPartition, int] = {}


class _WrongChecksumError(CorruptRecordException):  # type: ignore[misc]  # aiokafka is untyped
    pass


class OddRecords(fetcher.PartitionRecords):  # type: ignore[misc]  # aiokafka is untyped
    """The records of a fetch, as far as they stand in batches that are not ordinary."""

    next_fetch_offset: int

    def _begin(self, raw: bytes, reader: Reader, *, skips: bool) -> None:
        """Start with what was fetched; `skips` says that who reads this counts what is skipped."""
        self._raw = raw
        self._reader = reader
        self._skips = skips
        self._first: int = self.next_fetch_offset
        self._skipped: list[Skipped] = []
        # Records that wait for more, and when the broker got their batches, 0 where it is silent.
        self._held: list[Any] = []
        self._times: list[int] = []

    def _odd(self) -> Iterator[ConsumerRecord]:
        """Take the batch in hand, and yield the messages that it fills.

        Where the rest is to be fetched again, the reader is at its end afterwards.
        """
        raw = self._raw[self._reader.at : self._reader.end]
        batch = fetcher.MemoryRecords(raw).next_batch()
        reached = batch.next_offset
        try:
            records = self._open(batch)
            if records is None:
                records = []
                yield from self._light(batch)
                if self._reader.handed >= GO:
                    return
        except Exception as error:
            gone = self._give_up(batch, error)
            if gone is None:
                self._reader.handed = GO
                return
            records, reached = [], gone.next
        while len(self._held) + len(records) >= CUT:
            cut = CUT - len(self._held)
            self._held += records[:cut]
            del records[:cut]
            yield self._of_held(self._held[-1].offset + 1)
        self._held += records
        self._reader.pass_over(reached)

    def _open(self, batch: Any) -> list[Any] | None:
        """The records of a batch; None for one so large that it is read bit by bit."""
        if self._check_crcs and not batch.validate_crc():
            raise _WrongChecksumError("the checksum is wrong")
        if self._aborted(batch) or batch.is_control_batch:
            return []
        if batch.compression_type:
            inflated_size()
            iter(batch)
            size = inflated_size()
            if size > LARGE:
                return None
            self._reader.handed += size
        if batch.last_offset_delta > MANY:
            return None
        self._note_time(batch)
        records = list(_in_order(batch))
        if records and records[0].offset < self._first:
            return [record for record in records if record.offset >= self._first]
        return records

    def _note_time(self, batch: Any) -> None:
        by_broker = getattr(batch, "timestamp_type", None) == _BY_BROKER
        self._times.append(batch.max_timestamp if by_broker else 0)

    def _light(self, batch: Any) -> Iterator[ConsumerRecord]:
        """Messages of less than 1 MB of a batch that is hostile, or at least strange.

        Ends where enough was handed over, in the middle of the batch if need be.
        """
        size = 0
        self._note_time(batch)
        for record in _in_order(batch):
            if record.offset < self._first:
                continue
            light = _lighten(record)
            self._held.append(light)
            size += len(light.value or b"") + len(light.key or b"")
            if size >= _PIECE or len(self._held) >= CUT:
                self._reader.handed += size
                size = 0
                yield self._of_held(record.offset + 1)
                if self._reader.handed >= GO:
                    return
        self._reader.handed += size

    def _give_up(self, batch: Any, error: Exception) -> Skipped | None:
        """What is skipped of a batch that cannot be opened; None to fetch it once more."""
        topic, partition = self._tp
        if not self._skips:
            raise error
        if isinstance(error, _WrongChecksumError) and _suspect.get(self._tp) != batch.base_offset:
            _suspect[self._tp] = batch.base_offset
            return None
        # Errors of aiokafka and our own say what was wrong; others might repeat what was sent.
        told = str(error) if isinstance(error, CorruptRecordException) else type(error).__name__
        gone = skip(
            self._raw,
            batch.base_offset,
            batch.next_offset,
            reached=max(self._first, self._held[-1].offset + 1 if self._held else 0),
            trusted=not isinstance(error, _WrongChecksumError),
            detail=f"a record batch cannot be opened: {told}"[:200],
        )
        if gone.count():
            self._skipped.append(gone)
            log.error(
                "record batch skipped",
                topic=topic,
                partition=partition,
                first=gone.first,
                next=gone.next,
                reason=gone.detail,
            )
        return gone

    def _aborted(self, batch: Any) -> bool:
        """Whether the batch is of a transaction that was rolled back, for read_committed."""
        if self._isolation_level != fetcher.READ_COMMITTED or batch.producer_id is None:
            return False
        self._consume_aborted_up_to(batch.base_offset)
        if batch.is_control_batch and self._contains_abort_marker(batch):
            self._aborted_producers.discard(batch.producer_id)
        return bool(batch.is_transactional and batch.producer_id in self._aborted_producers)

    def _of_held(self, reached: int) -> ConsumerRecord:
        """All that is held, as a message that proves the log up to an offset."""
        times, held = self._times, self._held
        appended = (min(times), max(times)) if times and min(times) > 0 else None
        self._held, self._times = [], times[-1:]
        return self._message(RecordBatch.of(self._first, reached, held, appended=appended))

    def _message(self, batch: RecordBatch) -> ConsumerRecord:
        """A message of this batch, and of what was skipped before its end."""
        topic, partition = self._tp
        batch.skipped, self._skipped = tuple(self._skipped), []
        # A fetch position that is behind what was handed over would repeat it.
        self._first = self.next_fetch_offset = batch.next
        at = batch.next - 1
        return ConsumerRecord(topic, partition, at, 0, 0, None, batch, None, 0, 0, ())


def _in_order(batch: Any) -> Iterator[Any]:
    """Its records, as long as each is of a later offset and none is of another batch."""
    before = -1
    for record in batch:
        if not before < record.offset < batch.next_offset:
            raise CorruptRecordException("offsets that are none of this batch")
        before = record.offset
        yield record


def _lighten(record: Any) -> Record:
    value, key = record.value, record.key
    if value is not None and len(value) > KEPT_BYTES:
        value = Cut.of(value)
    if key is not None and len(key) > KEPT_BYTES:
        key = key[:KEPT_BYTES]
    return Record(record.offset, record.timestamp or 0, key, value)
