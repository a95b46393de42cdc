"""The private hook into aiokafka: a new version that changes it must fail here, loudly."""

from importlib.metadata import version
from typing import Any

import pytest
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.stream_processors.record_batch import CUT, RecordBatch, carry_batches

HOT = "record-batch-test"


def built(
    base: int, offsets: list[int], *, codec: int = 0, producer: int = -1, transactional: int = 0
) -> bytes:
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=codec,
        is_transactional=transactional,
        producer_id=producer,
        producer_epoch=0 if producer >= 0 else -1,
        base_sequence=0 if producer >= 0 else -1,
        batch_size=1 << 24,
    )
    for offset in offsets:
        builder.append(offset, 1_000 + offset, b"k%d" % offset, b"v%d" % (base + offset), [])
    raw = bytearray(builder.build())
    raw[0:8] = base.to_bytes(8, "big")
    return bytes(raw)


def fetched(
    raw: bytes, *, at: int = 0, topic: str = HOT, aborted: Any = None, committed: bool = False
) -> Any:
    carry_batches(HOT)
    return fetcher.PartitionRecords(
        TopicPartition(topic, 0),
        MemoryRecords(raw),
        aborted,
        at,
        None,
        None,
        True,
        fetcher.READ_COMMITTED if committed else fetcher.READ_UNCOMMITTED,
    )


def carried(records: Any) -> list[RecordBatch]:
    return [record.value for record in records]


def test_the_versions_that_the_hook_was_written_for_are_installed() -> None:
    assert version("aiokafka") == "0.14.0"
    assert version("faust-streaming") == "0.15.3"


@pytest.mark.parametrize("codec", [0, 1, 2, 3, 4], ids=["none", "gzip", "snappy", "lz4", "zstd"])
def test_every_record_arrives_once_in_order_with_its_offset(codec: int) -> None:
    raw = built(0, list(range(1_203)), codec=codec) + built(1_203, [0, 1, 2], codec=codec)
    batches = carried(fetched(raw))
    assert [len(batch) for batch in batches] == [CUT, CUT, 206]
    offsets = [record.offset for batch in batches for record in batch.records]
    assert offsets == list(range(1_206))
    assert [value for batch in batches for value in batch.values] == [
        b"v%d" % number for number in range(1_206)
    ]
    assert batches[0].records[7].key == b"k7"


@given(sizes=st.lists(st.integers(1, 700), min_size=1, max_size=12), at=st.integers(0, 900))
def test_messages_join_and_cut_batches_and_leave_no_gap(sizes: list[int], at: int) -> None:
    raw, base = b"", 0
    for size in sizes:
        raw += built(base, list(range(size)))
        base += size
    records = fetched(raw, at=at)
    position = at
    for batch in carried(records):
        assert batch.first == position
        assert batch.next > batch.first
        assert len(batch) <= CUT
        position = batch.next
    assert position == max(base, at)
    assert records.next_fetch_offset == position


def test_the_fetch_position_never_runs_ahead_of_what_was_handed_over() -> None:
    records = fetched(built(0, list(range(1_200))))
    first = next(records)
    assert records.next_fetch_offset == first.value.next == CUT


def test_what_compaction_took_is_proven_by_the_batch_not_missing() -> None:
    (batch,) = carried(fetched(built(10, [0, 5, 9]), at=10))
    assert (batch.first, batch.next) == (10, 20)
    assert [record.offset for record in batch.records] == [10, 15, 19]


def test_a_transaction_that_was_rolled_back_is_left_out() -> None:
    raw = built(0, [0, 1], producer=7, transactional=1) + built(2, [0, 1])
    batches = carried(fetched(raw, aborted=[(7, 0)], committed=True))
    assert [record.offset for batch in batches for record in batch.records] == [2, 3]
    assert batches[0].first == 0


def test_a_batch_whose_checksum_is_wrong_is_an_error() -> None:
    raw = bytearray(built(0, [0, 1, 2]))
    raw[-1] ^= 1
    with pytest.raises(Exception, match="CRC"):
        list(fetched(bytes(raw)))


def test_other_topics_are_read_as_ever() -> None:
    records = list(fetched(built(0, [0, 1]), topic="another"))
    assert [record.value for record in records] == [b"v0", b"v1"]
