import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.stream_processors.detect_sums import DetectSums, decode, encode
from streamgauge.stream_processors.log_record import UnknownVersionError

SUMS = DetectSums()
states = st.dictionaries(st.text(max_size=3), st.binary(max_size=4), max_size=4)


@given(st.lists(states, max_size=6), st.integers(0, 6))
def test_a_base_in_the_middle_changes_nothing(deltas: list[dict[str, bytes]], cut: int) -> None:
    straight = SUMS.empty()
    for delta in deltas:
        straight = SUMS.add(straight, encode(delta))
    held = SUMS.empty()
    for place, delta in enumerate(deltas):
        if place == cut:
            held = SUMS.load(SUMS.dump(held))
        held = SUMS.add(held, encode(delta))
    assert held == straight == SUMS.load(SUMS.dump(straight))


def test_many_states_are_a_base_of_parts_that_fit() -> None:
    held = {f"{place:04}": bytes(100_000) for place in range(100)}
    parts = SUMS.dump(held)
    assert len(parts) > 3
    assert max(map(len, parts)) < 4_000_000
    assert SUMS.load(parts) == held


def test_states_of_another_version_are_not_guessed() -> None:
    with pytest.raises(UnknownVersionError, match="version 2"):
        decode(msgspec.msgpack.encode({"v": 2, "states": {}}))
