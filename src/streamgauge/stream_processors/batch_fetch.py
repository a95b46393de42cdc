"""Carries Kafka record batches through Faust as messages of about 2,000 events.

Faust spends several asyncio steps on a message, and its sums some 200 calls of numpy. With 2,000
events to a message that is paid once for all of them (decision 8 compares sizes). The hooks are
private to aiokafka (`fetcher.PartitionRecords`, `fetcher.MemoryRecords`), and held by
test_batch_fetch.py.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.structs import ConsumerRecord
from faust.serializers.codecs import Codec, register

from streamgauge.stream_processors.batch_reader import END, ODD, PACKED, reader
from streamgauge.stream_processors.inflate import bound, inflate
from streamgauge.stream_processors.odd_batch import CUT, GO, LARGE, MANY, OddRecords
from streamgauge.stream_processors.record_batch import RecordBatch

SERIALIZER = "record_batch"
# Hot topics, and whether their stage counts batches that cannot be opened.
_hot: dict[str, bool] = {}


class _MemoryRecords(fetcher.MemoryRecords):  # type: ignore[misc]  # aiokafka is untyped
    """Keeps what was fetched, to read it in another way."""

    def __init__(self, raw: bytes) -> None:
        super().__init__(raw)
        self.raw = raw


class _PartitionRecords(OddRecords):
    """Yields one ConsumerRecord for about CUT events of a hot topic, one an event for others."""

    def _unpack_records(self) -> Iterator[ConsumerRecord]:
        if self._tp.topic in _hot:
            return self._messages()
        iterator: Iterator[ConsumerRecord] = super()._unpack_records()
        return iterator

    def _messages(self) -> Iterator[ConsumerRecord]:
        aborts = self._isolation_level == fetcher.READ_COMMITTED and self._aborted_transactions
        opened = reader(
            self._records.raw,
            self.next_fetch_offset,
            cut=CUT,
            most=LARGE,
            many=MANY,
            go=GO,
            checks=self._check_crcs,
            aborts=bool(aborts),
        )
        self._begin(self._records.raw, opened, skips=_hot[self._tp.topic])
        before = self._first
        while True:
            found = opened.read()
            if found == PACKED and self._inflated():
                continue
            if opened.count:
                if self._held:
                    yield self._of_held(before)
                yield self._message(self._collected())
            if found == END:
                break
            if found in (ODD, PACKED):
                yield from self._odd()
            before = opened.reached
        if self._held or opened.reached > self._first:
            yield self._of_held(max(opened.reached, self._first))

    def _inflated(self) -> bool:
        """Whether the batch in hand is ordinary once a library has inflated it."""
        try:
            records = inflate(*self._reader.packed)
        except CorruptRecordException:
            # Who reads odd batches finds that, too, and says so.
            return False
        return self._reader.give(records)

    def _collected(self) -> RecordBatch:
        values, offsets, stamps, keys, weight, by_broker = self._reader.take()
        times = np.frombuffer(stamps, np.int64)
        return RecordBatch(
            self._first,
            self._reader.reached,
            values,
            np.frombuffer(offsets, np.int64),
            times,
            keys=keys,
            appended=(int(times.min()), int(times.max())) if by_broker else None,
            weight=weight,
        )


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
