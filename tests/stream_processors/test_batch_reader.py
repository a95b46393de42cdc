"""The reader in C takes what is ordinary, and nothing comes out otherwise than without it."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, pairwise
from random import Random
from typing import Any

import pytest
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c
from aiokafka.structs import TopicPartition
from hypothesis import given, settings
from hypothesis import strategies as st

from streamgauge.stream_processors import batch_reader, odd_batch
from streamgauge.stream_processors.batch_fetch import carry_batches
from streamgauge.stream_processors.record_batch import RecordBatch

TOPIC = "batch-reader-test"
LZ4 = 3

text = st.one_of(st.none(), st.binary(max_size=30), st.just(b'{"model": "price"}' * 9))
records = st.lists(
    st.tuples(st.integers(0, 2), text, text, st.integers(-5, 10**13), st.booleans()),
    min_size=1,
    max_size=30,
)


def test_the_kernel_was_built_where_tests_run() -> None:
    assert batch_reader.kernel is not None


def sealed(raw: bytearray) -> bytes:
    raw[17:21] = calc_crc32c(bytes(raw[21:])).to_bytes(4, "big")
    return bytes(raw)


def built(base: int, rows: list[Any], codec: int, *, by_broker: bool, behind: int) -> bytes:
    """A batch of records (gap, key, value, time, headers), of which compaction took the last."""
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 1 << 24)
    offset = 0
    for gap, key, value, at, headed in rows:
        offset += gap
        builder.append(offset, at, key, value, [("h", None), ("i", b"x")] if headed else [])
        offset += 1
    raw = bytearray(builder.build())
    raw[0:8] = base.to_bytes(8, "big")
    raw[22] |= 0x08 if by_broker else 0
    raw[23:27] = (offset - 1 + behind).to_bytes(4, "big")
    return sealed(raw)


@st.composite
def fetches(draw: st.DrawFn) -> tuple[bytes, list[int]]:
    """Batches one behind another as a fetch brings them, and where each begins."""
    raw, base, begins = b"", draw(st.integers(0, 9)), []
    for rows in draw(st.lists(records, max_size=6)):
        begins.append(len(raw))
        behind = draw(st.integers(0, 2))
        codec, by_broker = draw(st.sampled_from([0, 0, 1, 2, 3, 3, 4])), draw(st.booleans())
        raw += built(base, rows, codec, by_broker=by_broker, behind=behind)
        base += sum(gap + 1 for gap, *_ in rows) + behind
    return raw, begins


@contextmanager
def without_kernel() -> Iterator[None]:
    kernel, batch_reader.kernel = batch_reader.kernel, None
    try:
        yield
    finally:
        batch_reader.kernel = kernel


def messages(raw: bytes, at: int = 0) -> list[RecordBatch]:
    carry_batches(TOPIC, skip_broken=True)
    odd_batch._suspect.clear()
    given_up = []
    for _ in range(2):
        # A wrong checksum is fetched again once.
        hot = fetcher.PartitionRecords(
            TopicPartition(TOPIC, 0),
            fetcher.MemoryRecords(raw),
            None,
            at,
            None,
            None,
            True,
            fetcher.READ_COMMITTED,
        )
        given_up += [message.value for message in hot]
        at = hot.next_fetch_offset
    return given_up


def shown(raw: bytes, at: int = 0) -> dict[str, Any]:
    """What comes of a fetch, in whatever messages."""
    found = messages(raw, at)
    rows = list(chain.from_iterable(one.records() for one in found))
    assert sum(one.weight for one in found) == sum(len(row.value or b"") for row in rows)
    position = at
    for one in found:
        assert one.first == position
        position = one.next
    return {
        "records": rows,
        "skipped": [(gone.first, gone.next, gone.raw) for one in found for gone in one.skipped],
        "reasons": [gone.detail for one in found for gone in one.skipped],
        "next": position,
        "times": [one.times(one.offsets, 77) for one in found],
    }


@given(fetch=fetches(), at=st.integers(0, 60), cut=st.integers(0, 40))
@settings(max_examples=100, deadline=None)
def test_with_and_without_the_kernel_the_same_comes_out(
    fetch: tuple[bytes, list[int]], at: int, cut: int
) -> None:
    raw = fetch[0][: len(fetch[0]) - cut]
    with without_kernel():
        expected = shown(raw, at)
    found = shown(raw, at)
    # Where messages end differs at batches that only one of them can join.
    assert found.pop("times") == expected.pop("times") or len(fetch[1]) > 1
    assert found == expected


@given(
    fetch=fetches(),
    where=st.integers(0, 10**6),
    by=st.integers(1, 255),
    seals=st.sampled_from([True, True, True, False]),
)
@settings(max_examples=150, deadline=None)
def test_a_byte_that_is_another_makes_no_difference_between_them(
    fetch: tuple[bytes, list[int]], where: int, by: int, seals: bool
) -> None:
    raw, begins = fetch
    for begin, end in pairwise([*begins, len(raw)]):
        spoiled = bytearray(raw[begin:end])
        # Not the length, the offsets and what is a transaction's, which no broker gets wrong, and
        # not the version.
        place = 17 + where % (len(spoiled) - 17)
        if 23 <= place < 27 or (place == 22 and by & 0x30):
            continue
        spoiled[place] ^= by
        one = raw[:begin] + (sealed(spoiled) if seals else bytes(spoiled)) + raw[end:]
        with without_kernel():
            expected = shown(one)
        if any("Unicode" in gone for gone in expected["reasons"]):
            # The name of a header, which the kernel does not look at.
            continue
        found = shown(one)
        del found["times"], expected["times"]
        assert found == expected


def test_frames_of_lz4_are_inflated_as_the_library_does() -> None:
    import cramjam

    random = Random(7)
    words = [random.randbytes(random.randint(1, 40)) for _ in range(20)]
    for size in [*range(40), 200, 5_000, 70_000, 300_000, 1_500_000]:
        value = b"".join(random.choice(words) for _ in range(size))[: size * 3]
        builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 24)
        builder.append(0, 1, b"k", value, [])
        plain = bytes(builder.build())
        for frame in (
            bytes(cramjam.lz4.compress(plain[61:])),
            bytes(cramjam.lz4.compress(plain[61:], level=9)),
        ):
            raw = bytearray(plain[:61] + frame)
            raw[8:12] = (len(raw) - 12).to_bytes(4, "big")
            raw[22] |= LZ4
            assert batch_reader.kernel is not None
            reader = batch_reader.reader(
                sealed(raw), 0, cut=9, most=5 << 20, many=9, go=1 << 30, checks=True, aborts=False
            )
            assert (reader.read(), reader.count) == (batch_reader.END, 1)
            assert reader.take()[0] == [value]


def test_what_inflates_to_too_much_is_odd() -> None:
    builder = DefaultRecordBatchBuilder(2, LZ4, 0, -1, -1, -1, 1 << 24)
    builder.append(0, 1, None, bytes(2_000_000), [])
    raw = bytes(builder.build())
    for most, found in ((1_999_999, batch_reader.ODD), (2_000_100, batch_reader.END)):
        reader = batch_reader.reader(
            raw, 0, cut=9, most=most, many=9, go=1 << 30, checks=True, aborts=False
        )
        assert reader.read() == found


@pytest.mark.parametrize("size", [*range(20), 1_000, 65_537])
def test_its_checksum_is_that_of_kafka(size: int) -> None:
    assert batch_reader.kernel is not None
    sealed_bytes = Random(size).randbytes(size)
    assert batch_reader.kernel.crc32c(sealed_bytes) == calc_crc32c(sealed_bytes)
    # RFC 3720, B.4.
    assert batch_reader.kernel.crc32c(bytes(32)) == 0x8A9136AA
    assert batch_reader.kernel.crc32c(bytes(range(32))) == 0x46DD794E


def test_garbage_is_read_without_harm() -> None:
    random = Random(3)
    for _ in range(3_000):
        raw = bytearray(random.randbytes(random.randint(0, 300)))
        if len(raw) > 61:
            raw[0:8] = (0).to_bytes(8, "big")
            raw[8:12] = (len(raw) - 12).to_bytes(4, "big")
            raw[16] = 2
            raw[22] = random.choice([0, LZ4])
            raw[57:61] = random.choice([1, 3, 2**31 - 1]).to_bytes(4, "big")
        reader = batch_reader.reader(
            bytes(raw), 0, cut=9, most=1 << 20, many=2**31, go=9, checks=False, aborts=False
        )
        while (found := reader.read()) != batch_reader.END:
            assert found in (batch_reader.FULL, batch_reader.ODD, batch_reader.PACKED)
            reader.take()
            reader.pass_over(0)
