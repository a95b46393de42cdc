"""What `reward` adds up, as its state log has it: deltas, bases, and what nobody may guess."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.contracts import codec
from streamgauge.stream_processors.log_record import UnknownVersionError
from streamgauge.stream_processors.reward_sums import (
    VERSION,
    Rewards,
    RewardSums,
    add_up,
    decode,
    encode,
)

SUMS = RewardSums()
totals = st.dictionaries(
    st.sampled_from(["e", "f"]),
    st.dictionaries(
        st.sampled_from("abc"),
        st.lists(st.integers(-(2**53), 2**53), min_size=2, max_size=2),
        min_size=1,
    ),
)
rewards = st.builds(
    Rewards, totals=totals, rejected=st.integers(0, 99), unrelated=st.integers(0, 99)
)


@given(st.lists(rewards), st.integers(0, 10))
def test_a_restart_at_any_place_finds_the_same_sums(deltas: list[Rewards], restart: int) -> None:
    whole, restarted = SUMS.empty(), SUMS.empty()
    for place, delta in enumerate(deltas):
        whole = SUMS.add(whole, encode(delta))
        if place == restart:
            restarted = SUMS.load(SUMS.dump(restarted))
        restarted = SUMS.add(restarted, encode(delta))
    assert restarted == whole
    assert SUMS.load(SUMS.dump(whole)) == whole


def test_a_base_of_many_arms_has_parts() -> None:
    many = Rewards(rejected=7)
    for number in range(5_000):
        many.move(f"experiment {number % 10}", f"arm {number}" + "x" * 900, 1, number)
    parts = SUMS.dump(many)
    assert len(parts) == 3
    assert max(map(len, parts)) < 4_000_000
    assert SUMS.load(parts) == many


def test_a_body_of_another_version_is_not_guessed_at() -> None:
    with pytest.raises(UnknownVersionError, match=str(VERSION + 1)):
        SUMS.add(SUMS.empty(), msgspec.msgpack.encode({"v": VERSION + 1, "totals": 3}))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        encode(Rewards()) + b"\x00",
        msgspec.msgpack.encode({"v": VERSION, "more": 1}),
        msgspec.msgpack.encode({"v": VERSION, "totals": {"e": {"a": [1, 2, 3]}}}),
        msgspec.msgpack.encode({"v": VERSION, "totals": {"e": {"a": [1, 2.5]}}}),
    ],
)
def test_a_body_that_is_not_whole_is_not_read(body: bytes) -> None:
    with pytest.raises(codec.UNREADABLE):
        decode(body)


@given(st.lists(st.dictionaries(st.sampled_from("ab"), st.just([1, 500_000]))))
def test_arms_add_up_over_partitions(parts: list[dict[str, list[int]]]) -> None:
    trials, rewards = add_up([{"price": part} for part in parts], "price")
    for arm in "ab":
        held = sum(arm in part for part in parts)
        assert trials.get(arm, 0) == held
        assert rewards.get(arm, 0.0) == held / 2


def test_an_experiment_without_totals_has_none() -> None:
    assert add_up([{}, {"other": {"a": [1, 1]}}], "price") == ({}, {})
