import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.contracts.codec import decode, encode
from streamgauge.contracts.dead_letter import (
    KEPT_BYTES,
    KEPT_OF_LARGER,
    DeadLetter,
    Reject,
    bury,
)


def buried(value: bytes | None, key: bytes | None = None) -> DeadLetter:
    return bury(
        Reject("json", "DecodeError"),
        topic="predictions",
        partition=3,
        offset=7,
        value=value,
        key=key,
        append_ts=1_700_000_000_000,
    )


@given(value=st.binary(max_size=300), key=st.none() | st.binary(max_size=20))
def test_the_original_bytes_come_back(value: bytes, key: bytes | None) -> None:
    letter = decode(DeadLetter, encode(buried(value, key)))
    assert (letter.value, letter.key, letter.size) == (value, key, len(value))
    assert letter.sha256 == hashlib.sha256(value).hexdigest()
    assert (letter.topic, letter.partition, letter.offset) == ("predictions", 3, 7)


@pytest.mark.parametrize(
    ("size", "kept"), [(KEPT_BYTES, KEPT_BYTES), (KEPT_BYTES + 1, KEPT_OF_LARGER)]
)
def test_a_huge_record_is_kept_in_part_with_its_size_and_hash(size: int, kept: int) -> None:
    value = bytes(range(256)) * (size // 256 + 1)
    letter = buried(value[:size])
    assert letter.value == value[:kept]
    assert letter.size == size
    assert letter.sha256 == hashlib.sha256(value[:size]).hexdigest()


def test_a_record_without_a_value_is_a_letter_too() -> None:
    letter = buried(None)
    assert (letter.value, letter.size) == (b"", 0)
