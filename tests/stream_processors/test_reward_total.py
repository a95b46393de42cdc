from collections.abc import Sequence
from random import Random
from typing import Any

from hypothesis import given
from tests.metrics.event import T0, randoms
from tests.metrics.labelled import label

from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.receipt import DAY_MS, Claims, Receipts
from streamgauge.metrics.label import Label
from streamgauge.settings import Experiment
from streamgauge.stream_processors.reward_sums import add_up
from streamgauge.stream_processors.reward_total import RewardTotal

DESK = Receipts({"k1": b"a secret of the tests"})
EXPERIMENTS = {
    "price": Experiment(model="m", arms={"a": "1", "b": "2"}, within=3.0),
    "rating": Experiment(model="m", arms={"a": "1", "b": "2"}, rating=4),
}


def receipt(arm: str | None = "a", experiment: str | None = "rating", ts: int = T0) -> str:
    claims = Claims(
        id="p", ts=ts, model="m", version="1", prediction=10.0, experiment=experiment, arm=arm
    )
    return DESK.issue(claims)


def rated(token: str | None, stars: int = 5) -> Feedback:
    return Feedback(
        id="f", ts=T0, session="s", kind="feature_usefulness", rating=stars, receipt=token
    )


def truth(arm: str | None = "a", value: float = 12.0, **fields: Any) -> Label:
    return label(value, 10.0, **({"experiment": "price", "arm": arm} | fields))


def total() -> RewardTotal:
    return RewardTotal(DESK, EXPERIMENTS)


def added(held: RewardTotal, events: Sequence[Feedback], first: int = 0) -> list[tuple[int, str]]:
    offsets = range(first, first + len(events))
    return [(offset, one.reason) for offset, one in held.rate(events, offsets, [T0] * len(events))]


def test_a_label_counts_for_the_arm_of_its_prediction() -> None:
    held = total()
    held.count([truth("a"), truth("b", 20.0)])
    assert held.pending.totals == {"price": {"a": [1, 1_000_000], "b": [1, 0]}}


def test_rewards_are_added_in_millionths() -> None:
    held = total()
    held.count([truth(reward=worth) for worth in (0.1, 0.2, 0.3333333)])
    assert held.pending.totals == {"price": {"a": [3, 633_333]}}


def test_a_correction_takes_the_old_reward_back() -> None:
    held = total()
    better: dict[str, Any] = {"verdict": "correction", "old_truth": 12.0, "old_at": T0}
    held.count([truth(), truth(value=99.0, **better)])
    assert held.pending.totals == {"price": {"a": [1, 0]}}
    own: dict[str, Any] = {
        "verdict": "correction",
        "old_truth": 99.0,
        "old_reward": None,
        "reward": 0.25,
    }
    held.count([truth(value=99.0, **own)])
    assert held.pending.totals == {"price": {"a": [1, 250_000]}}


def test_a_correction_may_make_a_trial_or_unmake_it() -> None:
    held = total()
    held.count([label("cat", 10.0, experiment="price", arm="a")])
    assert held.pending.totals == {}
    held.count([truth(verdict="correction", old_truth="cat")])
    assert held.pending.totals == {"price": {"a": [1, 1_000_000]}}
    undone = label("cat", 10.0, experiment="price", arm="a", verdict="correction", old_truth=12.0)
    held.count([undone])
    assert held.pending.totals == {"price": {"a": [0, 0]}}


def test_a_rating_counts_where_the_experiment_asks_for_one() -> None:
    held = total()
    assert added(held, [rated(receipt("b"))]) == []
    assert held.pending.totals == {"rating": {"b": [1, 1_000_000]}}


def test_a_receipt_is_judged_by_the_time_at_which_the_broker_got_it() -> None:
    held, token = total(), receipt("a")
    late = T0 + 36 * DAY_MS
    refused = held.rate([rated(token), rated(token)], [7, 8], [late, T0])
    assert [(offset, one.reason) for offset, one in refused] == [(7, "receipt")]
    assert held.pending.totals == {"rating": {"a": [1, 1_000_000]}}


def test_what_no_experiment_learns_from_is_unrelated() -> None:
    held = total()
    unrelated = [
        truth(experiment="ended"),
        truth(experiment=None),
        truth(None),
        truth("unknown arm"),
        truth(verdict="duplicate"),
        truth(verdict="unmatched"),
        truth(verdict="conflict"),
        truth(verdict="orphan"),
        truth(experiment="rating"),
    ]
    held.count(unrelated)
    others = [
        rated(None),
        rated(receipt("a", "price")),
        rated(receipt("a", None)),
        rated(receipt("unknown arm")),
    ]
    assert added(held, others) == []
    assert held.pending.totals == {}
    number = len(unrelated) + len(others)
    assert held.pending.unrelated == number


def test_a_receipt_that_is_not_ours_is_refused_where_it_stands() -> None:
    foreign = Receipts({"k1": b"another secret"})
    claims = Claims(id="p", ts=T0, model="m", version="1", experiment="rating", arm="a")
    held = total()
    events = [
        rated(receipt()),
        rated(foreign.issue(claims)),
        rated("no receipt at all"),
        rated(receipt(ts=T0 - 36 * DAY_MS)),
        rated(receipt()),
    ]
    refused = added(held, events, first=70)
    assert refused == [(71, "receipt"), (72, "receipt"), (73, "receipt")]
    assert held.pending.totals == {"rating": {"a": [2, 2_000_000]}}


@given(randoms)
def test_however_labels_are_spread_over_partitions_the_sums_are_the_same(random: Random) -> None:
    labels = [truth(random.choice("ab"), reward=random.random()) for _ in range(20)]
    labels += [
        truth(one.arm, verdict="correction", old_truth=12.0, old_reward=one.reward, reward=0.5)
        for one in labels
        if random.random() < 0.5
    ]
    whole, parts = total(), [total() for _ in range(3)]
    whole.count(labels)
    for one in random.sample(labels, len(labels)):
        random.choice(parts).count([one])
    spread = add_up([part.pending.totals for part in parts], "price")
    assert spread == add_up([whole.pending.totals], "price")
