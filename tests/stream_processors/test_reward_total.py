from collections.abc import Sequence
from random import Random
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.metrics.event import T0, cut, randoms

from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.receipt import DAY_MS, Claims, Receipts
from streamgauge.settings import Experiment
from streamgauge.stream_processors.reward_total import RewardRecord, RewardTotal, add_up

DESK = Receipts({"k1": b"a secret of the tests"})
EXPERIMENTS = {
    "price": Experiment(model="m", arms={"a": "1", "b": "2"}, within=3.0),
    "rating": Experiment(model="m", arms={"a": "1", "b": "2"}, rating=4),
}
Told = Outcome | Feedback


def receipt(arm: str | None = "a", experiment: str | None = "price", ts: int = T0) -> str:
    claims = Claims(
        id="p", ts=ts, model="m", version="1", prediction=10.0, experiment=experiment, arm=arm
    )
    return DESK.issue(claims)


def outcome(token: str | None, truth: float = 12.0, **fields: Any) -> Outcome:
    return Outcome(id="o", ts=T0, prediction_id="p", truth=truth, receipt=token, **fields)


def total() -> RewardTotal:
    return RewardTotal(0, DESK, EXPERIMENTS)


def added(held: RewardTotal, events: Sequence[Told], first: int = 0) -> list[tuple[int, str]]:
    offsets = range(first, first + len(events))
    return [(offset, one.reason) for offset, one in held.add(events, offsets, T0)]


def test_an_outcome_counts_for_the_arm_that_its_receipt_names() -> None:
    held = total()
    assert added(held, [outcome(receipt("a")), outcome(receipt("b"), 20.0)]) == []
    assert held.record.totals == {"price": {"a": [1, 1_000_000], "b": [1, 0]}}


def test_rewards_are_added_in_millionths() -> None:
    held = total()
    added(held, [outcome(receipt(), reward=worth) for worth in (0.1, 0.2, 0.3333333)])
    assert held.record.totals == {"price": {"a": [3, 633_333]}}


def test_a_rating_counts_where_the_experiment_asks_for_one() -> None:
    rated = Feedback(
        id="f",
        ts=T0,
        session="s",
        kind="feature_usefulness",
        rating=5,
        receipt=receipt("b", "rating"),
    )
    held = total()
    added(held, [rated])
    assert held.record.totals == {"rating": {"b": [1, 1_000_000]}}


def test_what_no_experiment_learns_from_is_unrelated() -> None:
    held = total()
    unrelated = [
        outcome(None),
        outcome(receipt("a", "ended")),
        outcome(receipt("a", None)),
        outcome(receipt(None)),
        outcome(receipt("unknown arm")),
        outcome(receipt(), revision=1),
        outcome(receipt("a", "rating")),
    ]
    assert added(held, unrelated) == []
    assert held.record.totals == {}
    assert (held.record.unrelated, held.record.rejected) == (len(unrelated), 0)


def test_a_receipt_that_is_not_ours_is_refused_where_it_stands() -> None:
    foreign = Receipts({"k1": b"another secret"})
    claims = Claims(id="p", ts=T0, model="m", version="1", experiment="price", arm="a")
    held = total()
    events = [
        outcome(receipt()),
        outcome(foreign.issue(claims)),
        outcome("no receipt at all"),
        outcome(receipt(ts=T0 - 36 * DAY_MS)),
        outcome(receipt()),
    ]
    refused = added(held, events, first=70)
    assert refused == [(71, "receipt"), (72, "receipt"), (73, "receipt")]
    assert held.record.totals == {"price": {"a": [2, 2_000_000]}}
    assert held.record.rejected == 3


@given(randoms)
def test_however_events_are_cut_and_spread_the_sums_are_the_same(random: Random) -> None:
    events: list[Told] = [
        outcome(receipt(random.choice("ab")), reward=random.random()) for _ in range(30)
    ]
    whole, restarted = total(), total()
    added(whole, events)
    for batch in cut(random, events):
        added(restarted, batch)
        # A restart between two batches goes on from the record that it finds in the log.
        found = msgspec.msgpack.decode(msgspec.msgpack.encode(restarted.record), type=RewardRecord)
        restarted = RewardTotal(0, DESK, EXPERIMENTS, found)
    assert restarted.record == whole.record
    parts = [total() for _ in range(3)]
    for event in random.sample(events, len(events)):
        added(random.choice(parts), [event])
    spread = add_up([part.record.totals for part in parts], "price")
    assert spread == add_up([whole.record.totals], "price")


@given(st.lists(st.dictionaries(st.sampled_from("ab"), st.just([1, 500_000]))))
def test_arms_add_up_over_partitions(parts: list[dict[str, list[int]]]) -> None:
    trials, rewards = add_up([{"price": part} for part in parts], "price")
    for arm in "ab":
        held = sum(arm in part for part in parts)
        assert trials.get(arm, 0) == held
        assert rewards.get(arm, 0.0) == held / 2


def test_an_experiment_without_totals_has_none() -> None:
    assert add_up([{}, {"other": {"a": [1, 1]}}], "price") == ({}, {})
