import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from streamgauge.experiments.thompson import allocate

SEED = 20261126
DRAWS = 10_000
NAMES = "abcd"
totals = st.dictionaries(
    st.sampled_from(NAMES), st.tuples(st.integers(0, 5_000), st.floats(0.0, 1.0)), min_size=1
)


def beats_by_sum(won: tuple[int, int], lost: tuple[int, int]) -> float:
    """P(B > A) for A ~ Beta(won[0], lost[0]) and B ~ Beta(won[1], lost[1]), whole parameters.

    The finite sum of Evan Miller, "Formulas for Bayesian A/B Testing" (2015):
    sum over i below won[1] of B(won[0] + i, lost[0] + lost[1])
    / ((lost[1] + i) B(1 + i, lost[1]) B(won[0], lost[0])).
    """

    def log_beta(a: int, b: int) -> float:
        return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)

    return sum(
        math.exp(
            log_beta(won[0] + i, lost[0] + lost[1])
            - math.log(lost[1] + i)
            - log_beta(1 + i, lost[1])
            - log_beta(won[0], lost[0])
        )
        for i in range(won[1])
    )


@pytest.mark.parametrize(
    ("trials", "rewards"),
    [((20, 20), (10, 12)), ((100, 50), (30, 20)), ((500, 40), (250, 18)), ((1, 1), (0, 1))],
)
def test_two_arms_share_as_the_chance_to_be_the_best_says(
    trials: tuple[int, int], rewards: tuple[int, int]
) -> None:
    won = rewards[0] + 1, rewards[1] + 1
    lost = trials[0] - rewards[0] + 1, trials[1] - rewards[1] + 1
    exact = beats_by_sum(won, lost)
    # The same by another way: the integral of B's density times A's distribution.
    a, b = stats.beta(won[0], lost[0]), stats.beta(won[1], lost[1])
    integral, _ = integrate.quad(lambda x: b.pdf(x) * a.cdf(x), 0.0, 1.0)
    assert exact == pytest.approx(integral, abs=1e-6)
    shares = allocate(
        dict(zip("ab", trials, strict=True)),
        {arm: float(reward) for arm, reward in zip("ab", rewards, strict=True)},
        floor=0.0,
        min_trials=1,
        seed=SEED,
    )
    bound = 4 * math.sqrt(exact * (1 - exact) / DRAWS)
    assert shares["b"] == pytest.approx(exact, abs=bound)


@settings(max_examples=60)
@given(totals, st.floats(0.0, 0.5), st.integers(0, 2**32))
def test_shares_add_up_and_none_is_below_the_floor(
    held: dict[str, tuple[int, float]], floor: float, seed: int
) -> None:
    trials = {arm: number for arm, (number, _) in held.items()}
    rewards = {arm: number * share for arm, (number, share) in held.items()}
    shares = allocate(trials, rewards, floor=floor, min_trials=1, seed=seed)
    assert shares.keys() == trials.keys()
    # Shares are rounded to a millionth each.
    assert sum(shares.values()) == pytest.approx(1.0, abs=1e-6 * len(shares))
    assert min(shares.values()) >= min(floor, 1 / len(shares)) - 1e-6


@settings(max_examples=20)
@given(totals, st.integers(0, 2**32))
def test_the_same_totals_and_seed_give_the_same_shares(
    held: dict[str, tuple[int, float]], seed: int
) -> None:
    trials = {arm: number for arm, (number, _) in held.items()}
    other_order = dict(reversed(trials.items()))
    shares = allocate(trials, {}, floor=0.05, min_trials=1, seed=seed)
    assert allocate(other_order, {}, floor=0.05, min_trials=1, seed=seed) == shares


@pytest.mark.parametrize("arms", [1, 2, 3, 7])
def test_until_every_arm_has_its_trials_all_are_equal(arms: int) -> None:
    trials = {f"arm-{place}": 1_000 for place in range(arms)} | {"arm-0": 19}
    rewards = {"arm-0": 19.0}
    equal = allocate(trials, rewards, floor=0.05, min_trials=20, seed=SEED)
    assert set(equal.values()) == {1 / arms}
    if arms > 1:
        ready = allocate(trials | {"arm-0": 20}, rewards, floor=0.05, min_trials=20, seed=SEED)
        assert ready["arm-0"] > 1 / arms


@pytest.mark.parametrize("reward", [-5.0, 1e9])
def test_rewards_beyond_the_trials_are_cut(reward: float) -> None:
    trials = {"a": 100, "b": 100}
    shares = allocate(trials, {"a": reward, "b": 50.0}, floor=0.1, min_trials=1, seed=SEED)
    assert shares == ({"a": 0.1, "b": 0.9} if reward < 0 else {"a": 0.9, "b": 0.1})


def test_the_better_arm_wins_the_traffic() -> None:
    # 100 runs of 1,000 pulls with success rates of .5 and .7; traffic moves every 50 pulls.
    rates = {"a": 0.5, "b": 0.7}
    won = 0
    for seed in range(100):
        random = np.random.default_rng(seed)
        trials, rewards = dict.fromkeys(rates, 0), dict.fromkeys(rates, 0.0)
        shares = dict.fromkeys(rates, 0.5)
        for step in range(20):
            for arm, rate in rates.items():
                pulls = round(50 * shares[arm])
                trials[arm] += pulls
                rewards[arm] += float(random.binomial(pulls, rate))
            shares = allocate(trials, rewards, floor=0.05, min_trials=20, seed=seed * 100 + step)
        won += shares["b"] > 0.8
    assert won >= 95


def test_an_arm_at_the_floor_can_recover() -> None:
    trials, rewards = {"a": 100, "b": 100}, {"a": 30.0, "b": 60.0}
    assert allocate(trials, rewards, floor=0.05, min_trials=20, seed=SEED)["a"] == 0.05
    trials["a"], rewards["a"] = 1_100, 1_000.0
    assert allocate(trials, rewards, floor=0.05, min_trials=20, seed=SEED)["a"] == 0.95
