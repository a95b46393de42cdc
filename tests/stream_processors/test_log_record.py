"""Records of the state log on the wire: what is ours, what is not, and what nobody may guess."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.stream_processors.log_record import (
    VERSION,
    AnyLogRecord,
    Base,
    BrokenRecordError,
    Claim,
    Delta,
    Skip,
    UnknownVersionError,
    decode,
    encode,
)

DELTA = Delta(epoch=1, begin=2, end=3, watermark=4, base=-1, body=b"what was added")
BASE = Base(epoch=1, end=3, watermark=4, part=0, parts=1, body=b"the sums", topic_id="t")
RECORDS = [Claim(owner="a", topic_id="t"), DELTA, BASE]
RECORDS.append(Skip(epoch=1, begin=0, end=7, cause="data_loss"))
STRANGERS = [
    None,
    b"",
    b"\xff\xfe",
    b"{}",
    b'{"t":"delta","v":99}',
    b"\x82\xa1v\x01\xa5owner\xa1\xff",
    b'{"x":' + b"[" * 5_000,
    msgspec.msgpack.encode({"t": "unheard of", "v": VERSION}),
    msgspec.msgpack.encode({"t": "claim", "v": VERSION}),
    msgspec.msgpack.encode({"t": "delta", "v": True}),
]


@pytest.mark.parametrize("record", RECORDS)
def test_records_survive_the_wire(record: AnyLogRecord) -> None:
    found = decode(encode(record))
    if isinstance(found, Delta | Base):
        assert found.crc
        found = msgspec.structs.replace(found, crc=0)
    assert found == record


@pytest.mark.parametrize("value", STRANGERS)
def test_bytes_of_a_stranger_are_none_of_ours(value: bytes | None) -> None:
    assert decode(value) is None


@given(st.binary(max_size=200))
def test_no_bytes_raise_but_those_of_a_record_that_must_stop_a_reader(value: bytes) -> None:
    assert decode(value) is None


@pytest.mark.parametrize("kind", ["claim", "delta", "something new"])
def test_a_record_of_another_version_is_not_guessed_at(kind: str) -> None:
    future = msgspec.msgpack.encode({"t": kind, "v": VERSION + 1, "new": [1, 2]})
    with pytest.raises(UnknownVersionError, match=str(VERSION + 1)):
        decode(future)


@pytest.mark.parametrize("more", [{"owner": "a", "windows": []}, {"totals": {}, "rejected": 0}])
def test_a_record_of_the_first_format_is_not_taken_for_a_strangers(more: dict[str, object]) -> None:
    former = msgspec.msgpack.encode({"v": 1, "partition": 0, "next": 7} | more)
    with pytest.raises(UnknownVersionError, match="first format"):
        decode(former)


@pytest.mark.parametrize("record", [DELTA, BASE])
def test_a_flipped_bit_of_a_body_is_seen(record: AnyLogRecord) -> None:
    assert isinstance(record, Delta | Base)
    whole = encode(record)
    at = whole.index(record.body)
    with pytest.raises(BrokenRecordError):
        decode(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])


def test_a_changed_position_is_seen() -> None:
    moved = encode(DELTA).replace(b"\xa3end\x03", b"\xa3end\x04")
    with pytest.raises(BrokenRecordError):
        decode(moved)
