"""The private hook into aiokafka: a new version that changes it must fail here, loudly."""

from importlib.metadata import version
from itertools import pairwise
from typing import Any

import pytest
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.contracts.dead_letter import KEPT_BYTES, KEPT_OF_LARGER, Cut
from streamgauge.stream_processors.batch_fetch import carry_batches
from streamgauge.stream_processors.inflate import MOST
from streamgauge.stream_processors.odd_batch import CUT
from streamgauge.stream_processors.record_batch import RecordBatch
from streamgauge.stream_processors.skipped import Skipped, skip

HOT = "record-batch-test"
SKIPPING = "record-batch-test-that-skips"


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
    carry_batches(SKIPPING, skip_broken=True)
    return fetcher.PartitionRecords(
        TopicPartition(topic, 0),
        fetcher.MemoryRecords(raw),
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
    large = 2 * CUT + 203
    raw = built(0, list(range(large)), codec=codec) + built(large, [0, 1, 2], codec=codec)
    batches = carried(fetched(raw))
    assert [len(batch) for batch in batches] == [CUT, CUT, 206]
    offsets = [record.offset for batch in batches for record in batch.records()]
    assert offsets == list(range(large + 3))
    assert [value for batch in batches for value in batch.values] == [
        b"v%d" % number for number in range(large + 3)
    ]
    assert next(batches[0].records([7])).key == b"k7"


@given(sizes=st.lists(st.integers(1, 2_700), min_size=1, max_size=12), at=st.integers(0, 3_600))
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
    records = fetched(built(0, list(range(2 * CUT))))
    first = next(records)
    assert records.next_fetch_offset == first.value.next == CUT


def test_what_compaction_took_is_proven_by_the_batch_not_missing() -> None:
    (batch,) = carried(fetched(built(10, [0, 5, 9]), at=10))
    assert (batch.first, batch.next) == (10, 20)
    assert [record.offset for record in batch.records()] == [10, 15, 19]


def test_a_transaction_that_was_rolled_back_is_left_out() -> None:
    raw = built(0, [0, 1], producer=7, transactional=1) + built(2, [0, 1])
    batches = carried(fetched(raw, aborted=[(7, 0)], committed=True))
    assert [record.offset for batch in batches for record in batch.records()] == [2, 3]
    assert batches[0].first == 0


def test_a_batch_whose_checksum_is_wrong_is_an_error() -> None:
    raw = bytearray(built(0, [0, 1, 2]))
    raw[-1] ^= 1
    with pytest.raises(Exception, match="checksum"):
        list(fetched(bytes(raw)))


def test_other_topics_are_read_as_ever() -> None:
    records = list(fetched(built(0, [0, 1]), topic="another"))
    assert [record.value for record in records] == [b"v0", b"v1"]


def resealed(raw: bytearray) -> bytes:
    """The same batch with the checksum that it has now."""
    raw[17:21] = calc_crc32c(bytes(raw[21:])).to_bytes(4, "big")
    return bytes(raw)


def holding(base: int, *values: bytes, codec: int = 4) -> bytes:
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 1 << 30)
    for offset, value in enumerate(values):
        builder.append(offset, 1_000, None, value, [])
    raw = bytearray(builder.build())
    raw[0:8] = base.to_bytes(8, "big")
    return bytes(raw)


def shown(batches: list[RecordBatch]) -> tuple[list[int], list[Skipped]]:
    """The offsets of what was read, and what was skipped, of messages without a gap."""
    for one, after in pairwise(batches):
        assert one.next == after.first
    offsets = [record.offset for batch in batches for record in batch.records()]
    return offsets, [gone for batch in batches for gone in batch.skipped]


def test_a_wrong_checksum_is_fetched_again_before_the_batch_is_skipped() -> None:
    bad = bytearray(built(3, [0, 1, 2, 3]))
    bad[-1] ^= 1
    raw = built(0, [0, 1, 2]) + bytes(bad) + built(7, [0, 1])
    first = fetched(raw, topic=SKIPPING)
    assert shown(carried(first)) == ([0, 1, 2], [])
    assert first.next_fetch_offset == 3
    # Kafka gives whole batches, and here it was the wire: the second time it is right.
    healed = fetched(built(3, [0, 1, 2, 3]) + built(7, [0, 1]), at=3, topic=SKIPPING)
    assert shown(carried(healed)) == ([3, 4, 5, 6, 7, 8], [])
    # Here it is the disk: the range is skipped, with its bytes, and the partition goes on.
    second = carried(fetched(raw[raw.index(bytes(bad)) :], at=3, topic=SKIPPING))
    offsets, (gone,) = shown(second)
    assert offsets == [7, 8]
    assert (gone.first, gone.next, gone.raw) == (3, 7, bytes(bad))
    assert "checksum" in gone.detail
    letter = gone.letter("predictions", 2)
    assert (letter.offset, letter.until, letter.reason) == (3, 7, "batch")
    assert letter.value == bytes(bad)


@pytest.mark.parametrize("codec", [1, 2, 3, 4], ids=["gzip", "snappy", "lz4", "zstd"])
def test_a_compression_bomb_is_skipped_and_the_partition_goes_on(codec: int) -> None:
    raw = built(0, [0, 1]) + holding(2, bytes(MOST + 1), b"x", codec=codec) + built(4, [0])
    offsets, (gone,) = shown(carried(fetched(raw, topic=SKIPPING)))
    assert offsets == [0, 1, 4]
    assert (gone.first, gone.next) == (2, 4)
    assert "inflated" in gone.detail


def test_an_unknown_codec_and_garbage_that_passes_its_checksum_are_skipped() -> None:
    unknown, garbage = bytearray(built(1, [0, 1], codec=1)), bytearray(built(3, [0, 1], codec=4))
    unknown[22] |= 7
    garbage[61:] = b"\xff" * (len(garbage) - 61)
    raw = built(0, [0]) + resealed(unknown) + resealed(garbage) + built(5, [0])
    offsets, gone = shown(carried(fetched(raw, topic=SKIPPING)))
    assert offsets == [0, 5]
    assert [(one.first, one.next) for one in gone] == [(1, 3), (3, 5)]


def test_records_before_a_broken_one_are_read() -> None:
    bad = bytearray(holding(0, b"a", b"b", b"c", codec=0))
    bad[-1] = 50  # a number of headers that are not there
    raw = resealed(bad) + built(3, [0])
    records = fetched(raw, topic=SKIPPING)
    offsets, (gone,) = shown(carried(records))
    assert (offsets[-1], records.next_fetch_offset) == (3, 4)
    assert offsets[:-1] == list(range(gone.first))
    assert gone.next == 3


def test_where_nobody_counts_what_is_skipped_a_broken_batch_is_an_error() -> None:
    with pytest.raises(Exception, match="inflated"):
        list(fetched(holding(0, bytes(MOST + 1))))


def test_a_claim_of_a_broken_header_is_not_believed() -> None:
    raw = built(5, [0, 1])

    def skipped(raw: bytes, claimed: int, reached: int, *, trusted: bool = False) -> Skipped:
        return skip(raw, 5, claimed, reached=reached, trusted=trusted, detail="")

    assert skipped(raw, 7, 5) == Skipped(5, 7, "", raw)
    assert skipped(raw + built(9, [0]), 7, 6) == Skipped(6, 9, "", raw)
    for claimed in (-1, 5, 2**40):
        assert skipped(raw, claimed, 5).next == 6
    assert skipped(b"", 7, 5) == Skipped(5, 7, "", b"")
    assert skipped(raw + built(9, [0]), 7, 6, trusted=True) == Skipped(6, 7, "", raw)
    assert skipped(raw, 7, 7, trusted=True).count() == 0


def test_what_stands_behind_the_last_record_takes_none_of_the_next_batch() -> None:
    values = [b"%d" % number + bytes(200_000) for number in range(30)]
    raw = bytearray(holding(0, *values, codec=0))
    raw += b"behind"
    raw[8:12] = (len(raw) - 12).to_bytes(4, "big")
    raw[23:27] = (30_000).to_bytes(4, "big")  # compaction took most of it
    hot = fetched(resealed(raw) + built(30_001, [0, 1]), topic=SKIPPING)
    offsets, (gone,) = shown(carried(hot))
    assert offsets == [*range(30), 30_001, 30_002]
    assert (gone.first, gone.next) == (30, 30_001)


def test_a_value_beyond_any_limit_is_carried_in_part() -> None:
    large = bytes(KEPT_BYTES + 1)
    ((batch),) = carried(fetched(holding(0, b"small", large * 20, bytes(KEPT_BYTES))))
    small, cut, whole = batch.values
    assert (small, len(whole or b"")) == (b"small", KEPT_BYTES)
    assert isinstance(cut, Cut)
    assert (len(cut), cut.size) == (KEPT_OF_LARGER + 1, len(large) * 20)


def test_a_fetch_that_inflates_to_much_is_read_in_several_goes() -> None:
    values = [b"%d" % number + bytes(100_000) for number in range(400)]
    raw = holding(0, *values) + holding(400, *values)
    position, goes, seen = 0, 0, []
    while position < 800:
        records = fetched(raw, at=position)
        size = 0
        for message in records:
            assert records.next_fetch_offset == message.value.next
            part = sum(len(value) for value in message.value.values)
            assert part < 2 << 20
            size += part
            seen += [record.offset for record in message.value.records()]
        assert size < 34 << 20
        assert records.next_fetch_offset > position
        position, goes = records.next_fetch_offset, goes + 1
    assert seen == list(range(800))
    assert goes == 3


def test_a_batch_of_a_million_empty_records_is_cut_like_any_other() -> None:
    position, count = 0, 1_000_000
    builder = DefaultRecordBatchBuilder(2, 4, 0, -1, -1, -1, 1 << 30)
    for offset in range(count):
        builder.append(offset, 0, None, None, [])
    for batch in carried(fetched(bytes(builder.build()))):
        assert len(batch) <= CUT
        assert batch.first == position
        position = batch.next
    assert position == count


def stamped(base: int, count: int, at: int) -> bytes:
    """A batch as the broker stores it where it sets the times."""
    raw = bytearray(built(base, list(range(count))))
    raw[22] |= 0x08
    raw[35:43] = at.to_bytes(8, "big")
    return resealed(raw)


def test_a_message_knows_when_the_broker_got_what_it_holds() -> None:
    raw = stamped(0, CUT + 200, 5_000)
    raw += stamped(CUT + 200, 100, 4_000) + stamped(CUT + 300, 200, 6_000)
    first, second = carried(fetched(raw))
    assert (first.appended, second.appended) == ((5_000, 5_000), (4_000, 6_000))
    assert first.times([0, CUT - 1], 1) == [5_000, 5_000]
    assert second.times([CUT, CUT + 200, CUT + 300], 1) == [5_000, 4_000, 6_000]


def test_times_of_producers_are_not_those_of_the_broker() -> None:
    (batch,) = carried(fetched(stamped(0, 10, 5_000) + built(10, [0, 1])))
    assert batch.appended is None
    assert batch.times([0, 11], 77) == [77, 77]
