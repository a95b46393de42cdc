"""Carries a Kafka record batch through Faust as one message of about 2,000 events.

Faust spends several asyncio steps on a message, and its sums some 200 calls of numpy. With 2,000
events to a message that is paid once for all of them (decision 8 compares sizes). The hooks are
private to aiokafka (`fetcher.PartitionRecords`, `fetcher.MemoryRecords`), and held by
test_record_batch.py.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.structs import ConsumerRecord, TopicPartition
from faust.serializers.codecs import Codec, register

from streamgauge.contracts.dead_letter import KEPT_BYTES, Cut
from streamgauge.logs import log
from streamgauge.stream_processors.inflate import bound, inflated_size
from streamgauge.stream_processors.skipped import Skipped, skip

CUT = 2_000
SERIALIZER = "record_batch"
# What inflates to more than this, or says that it has more records, is carried in lighter pieces.
_LARGE = 4 * 1024 * 1024
_MANY = 20_000
_PIECE = 1024 * 1024
# When so much of a fetch has been handed over, the rest of it is dropped and fetched again.
_GO = 32 * 1024 * 1024
# Who has set the times of a batch: the broker, as it appended it, or else the producer.
_BY_BROKER = 1
# Hot topics, and whether their stage counts batches that cannot be opened.
_hot: dict[str, bool] = {}
# Where a checksum was wrong: that may have happened on the way, so it is fetched once more.
_suspect: dict[TopicPartition, int] = {}


class RecordBatch:
    """Raw events in offset order, and the offsets that the fetch proves to hold nothing else.

    Everything from `first` up to, not including, `next` was in the log as shown here: `records` has
    what is left of it after compaction, control records and aborted transactions. `skipped` are
    record batches in between that cannot be opened: events were there, but nobody can read them.
    `appended` are bounds of the times in milliseconds at which the broker got the records; None
    where the broker has not said so.
    """

    __slots__ = ("appended", "first", "next", "records", "skipped", "values")

    def __init__(
        self,
        first: int,
        next_offset: int,
        records: list[Any],
        skipped: tuple[Skipped, ...] = (),
        appended: tuple[int, int] | None = None,
    ) -> None:
        self.appended = appended
        self.first = first
        self.next = next_offset
        self.records = records
        self.skipped = skipped
        self.values: list[bytes | None] = [record.value for record in records]

    def __len__(self) -> int:
        return len(self.records)

    def times(self, offsets: Sequence[int], now: int) -> list[int]:
        """When the broker got the records at these offsets; `now` where it has not said so."""
        if self.appended is None:
            return [now] * len(offsets)
        if self.appended[0] == self.appended[1]:
            return [self.appended[0]] * len(offsets)
        stamps = {one.offset: one.timestamp for one in self.records}
        return [stamps[offset] for offset in offsets]


class _Record(NamedTuple):
    """A record of which no more is kept than its dead letter needs."""

    offset: int
    timestamp: int | None
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


class _WrongChecksumError(CorruptRecordException):  # type: ignore[misc]  # aiokafka is untyped
    pass


class _MemoryRecords(fetcher.MemoryRecords):  # type: ignore[misc]  # aiokafka is untyped
    """Keeps what was fetched, to show a batch that cannot be opened."""

    def __init__(self, raw: bytes) -> None:
        super().__init__(raw)
        self.raw = raw


class _PartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc]  # aiokafka is untyped
    """Yields one ConsumerRecord for about CUT events of a hot topic, one an event for others."""

    next_fetch_offset: int

    def _unpack_records(self) -> Iterator[ConsumerRecord]:
        if self._tp.topic in _hot:
            return self._messages()
        iterator: Iterator[ConsumerRecord] = super()._unpack_records()
        return iterator

    def _messages(self) -> Iterator[ConsumerRecord]:
        self._held: list[Any] = []
        self._skipped: list[Skipped] = []
        self._first: int = self.next_fetch_offset
        self._handed = self._stamp = 0
        # The broker's times of what is held, 0 where it has set none.
        self._times: list[int] = []
        reached = self._first
        while self._records.has_next() and self._handed < _GO:
            batch = self._records.next_batch()
            try:
                records = self._open(batch)
                if records is None:
                    yield from self._light(batch)
                    if self._handed >= _GO:
                        return
                    records = []
            except Exception as error:
                gone = self._give_up(batch, max(reached, self._first), error)
                if gone is None:
                    break
                reached = gone.next
                continue
            if len(self._held) + len(records) >= CUT:
                yield from self._cut(records)
            self._held += records
            reached = batch.next_offset
        if self._held or reached > self._first:
            yield self._message(reached)

    def _cut(self, records: list[Any]) -> Iterator[ConsumerRecord]:
        """Whole messages of what is held and these records, which lose what goes into them."""
        while len(self._held) + len(records) >= CUT:
            cut = CUT - len(self._held)
            self._held += records[:cut]
            del records[:cut]
            yield self._message(self._held[-1].offset + 1)

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
            if size > _LARGE:
                return None
            self._handed += size
        if batch.last_offset_delta > _MANY:
            return None
        self._note_time(batch)
        records = list(batch)
        if records and records[0].offset < self._first:
            return [record for record in records if record.offset >= self._first]
        return records

    def _note_time(self, batch: Any) -> None:
        self._stamp = batch.max_timestamp
        by_broker = getattr(batch, "timestamp_type", None) == _BY_BROKER
        self._times.append(self._stamp if by_broker else 0)

    def _light(self, batch: Any) -> Iterator[ConsumerRecord]:
        """Messages of less than 1 MB of a batch that is hostile, or at least strange.

        Ends where enough was handed over, in the middle of the batch if need be.
        """
        size = 0
        self._note_time(batch)
        for record in batch:
            if record.offset < self._first:
                continue
            light = _lighten(record)
            self._held.append(light)
            size += len(light.value or b"") + len(light.key or b"")
            if size >= _PIECE or len(self._held) >= CUT:
                self._handed += size
                size = 0
                yield self._message(record.offset + 1)
                if self._handed >= _GO:
                    return
        self._handed += size

    def _give_up(self, batch: Any, reached: int, error: Exception) -> Skipped | None:
        """What is skipped of a batch that cannot be opened; None to fetch it once more."""
        topic, partition = self._tp
        if not _hot[topic]:
            raise error
        if isinstance(error, _WrongChecksumError) and _suspect.get(self._tp) != batch.base_offset:
            _suspect[self._tp] = batch.base_offset
            return None
        # Errors of aiokafka and our own say what was wrong; others might repeat what was sent.
        told = str(error) if isinstance(error, CorruptRecordException) else type(error).__name__
        if self._held:
            reached = max(reached, self._held[-1].offset + 1)
        gone = skip(
            self._records.raw,
            batch.base_offset,
            batch.next_offset,
            reached=reached,
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

    def _message(self, reached: int) -> ConsumerRecord:
        """All that is held, as one message that ends at offset `reached`."""
        topic, partition = self._tp
        times = self._times
        appended = (min(times), max(times)) if times and min(times) > 0 else None
        batch = RecordBatch(self._first, reached, self._held, tuple(self._skipped), appended)
        # A fetch position that is behind what was handed over would repeat it.
        self._first = self.next_fetch_offset = reached
        self._held, self._skipped, self._times = [], [], times[-1:]
        return ConsumerRecord(
            topic, partition, reached - 1, self._stamp, 0, None, batch, None, 0, 0, ()
        )


def _lighten(record: Any) -> _Record:
    value, key, headers = record.value, record.key, record.headers
    if value is not None and len(value) > KEPT_BYTES:
        value = Cut.of(value)
    if key is not None and len(key) > KEPT_BYTES:
        key = key[:KEPT_BYTES]
    if sum(len(name) + len(content or b"") for name, content in headers) > KEPT_BYTES:
        headers = []
    return _Record(record.offset, record.timestamp, key, value, headers)


class _Raw(Codec):
    """Hands a value through as it is."""

    def _loads(self, s: Any) -> Any:
        return s

    def _dumps(self, s: Any) -> Any:
        return s


def carry_batches(topic: str, *, skip_broken: bool = False) -> None:
    """From now on this process reads the topic in record batches.

    `skip_broken` says that the stage counts what it finds in `RecordBatch.skipped`; for others a
    batch that cannot be opened is an error.
    """
    _hot[topic] = skip_broken
    if fetcher.PartitionRecords is not _PartitionRecords:
        bound()
        fetcher.PartitionRecords = _PartitionRecords
        fetcher.MemoryRecords = _MemoryRecords
        register(SERIALIZER, _Raw())
