import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.stream_processors.detect_sums import DetectSums, cut, decode, encode, fitting
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


def test_many_states_are_deltas_that_fit_and_a_series_is_in_one_of_them() -> None:
    series = [f"model=m\0version={place}" for place in range(40)]
    held = dict.fromkeys(series, b"head")
    held |= {f"{one}\x1frow": bytes(300_000) for one in series}
    held |= {f"{one}\0zone=z": b"part" for one in series}
    parts = list(cut(held))
    assert len(parts) > 3
    assert max(len(encode(part)) for part in parts) < 4_000_000
    assert {key: state for part in parts for key, state in part.items()} == held
    assert all(any(one in part and f"{one}\x1frow" in part for part in parts) for one in series)
    assert list(cut({})) == [{}]


def test_a_state_that_is_too_large_is_forgotten_and_the_others_are_kept() -> None:
    assert fitting({"a": bytes(4_000_000), "b": b"1"}) == {"a": b"", "b": b"1"}
