"""The private hooks into aiokafka's codecs: a new version that changes them must fail here."""

import gzip
import os
import subprocess
import sys
from importlib import import_module

import cramjam
import pytest
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from streamgauge.settings import InputError
from streamgauge.stream_processors import inflate
from streamgauge.stream_processors.inflate import CODECS, MOST, bound, inflated_size


@pytest.fixture(autouse=True)
def bounded() -> None:
    bound()


def batch(codec: str, value: bytes) -> bytes:
    builder = DefaultRecordBatchBuilder(2, CODECS[codec], 0, -1, -1, -1, 1 << 30)
    builder.append(0, 0, None, value, [])
    return bytes(builder.build())


@pytest.mark.parametrize("codec", CODECS)
def test_what_goes_in_comes_out_and_its_size_is_known(codec: str) -> None:
    for value in (b"", b"a", os.urandom(300_000), b"streamgauge" * 1_000_000):
        inflated_size()
        (record,) = MemoryRecords(batch(codec, value)).next_batch()
        assert record.value == value
        assert len(value) <= inflated_size() <= len(value) + 32


@pytest.mark.parametrize("codec", CODECS)
def test_what_would_fill_the_memory_is_not_inflated(codec: str) -> None:
    raw = batch(codec, bytes(MOST + 1))
    with pytest.raises(CorruptRecordException, match="within 64 MB"):
        list(MemoryRecords(raw).next_batch())
    (record,) = MemoryRecords(batch(codec, b"next")).next_batch()
    assert record.value == b"next"


def test_snappy_in_the_blocks_of_java_is_bounded_too() -> None:
    reader = import_module("aiokafka.record._crecords.default_records")

    def blocks(*bodies: bytes) -> bytes:
        packed = [bytes(cramjam.snappy.compress_raw(body)) for body in bodies]
        head = b"\x82SNAPPY\x00" + (1).to_bytes(4, "big") * 2
        return head + b"".join(len(one).to_bytes(4, "big") + one for one in packed)

    assert reader.snappy_decode(blocks(b"a" * 40_000, b"b")) == b"a" * 40_000 + b"b"
    with pytest.raises(CorruptRecordException, match="within 64 MB"):
        reader.snappy_decode(blocks(*[bytes(1 << 20)] * 65))
    liar = blocks(b"a")[:16] + (5).to_bytes(4, "big") + b"\xff\xff\xff\xff\x0f"
    with pytest.raises(CorruptRecordException):
        reader.snappy_decode(liar)


def test_several_members_of_gzip_are_one() -> None:
    reader = import_module("aiokafka.record._crecords.default_records")
    assert reader.gzip_decode(gzip.compress(b"a") + gzip.compress(b"b")) == b"ab"


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("body", [b"", b"garbage", b"\xff" * 100])
def test_garbage_is_an_error_that_repeats_nothing(codec: str, body: bytes) -> None:
    reader = import_module("aiokafka.record._crecords.default_records")
    with pytest.raises(CorruptRecordException, match=r"within 64 MB \(\w+\)$"):
        getattr(reader, f"{codec}_decode")(body)


def test_every_reader_of_aiokafka_uses_the_bounded_codecs() -> None:
    found = 0
    for place in inflate._READERS:
        names = {name for name in vars(import_module(place)) if name.endswith("_decode")}
        for name in names:
            found += 1
            assert getattr(import_module(place), name).__module__ == inflate.__name__
    # v2 batches know four codecs, older ones three; each is written in C and in Python.
    assert found == 14


def test_without_the_library_the_start_says_what_is_missing() -> None:
    script = (
        "import sys; sys.modules['cramjam'] = None\n"
        "from streamgauge.settings import InputError\n"
        "from streamgauge.stream_processors.batch_fetch import carry_batches\n"
        "try: carry_batches('predictions')\n"
        "except InputError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=True
    )
    assert "cramjam is missing" in done.stdout
    assert "pip install" in done.stdout


def test_a_codec_that_does_not_work_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CODECS, "zstd", 6)
    with pytest.raises(InputError, match="zstd cannot be read here"):
        bound()
