import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.experiments.assign import assign

UNITS = [f"user-{number}" for number in range(20_000)]
# The hash is fixed, so the shares are too: four deviations would be exceeded by chance once in
# 16,000 shares, and fewer than 20 are tried.
DEVIATIONS = 4.0
weights = st.dictionaries(st.sampled_from("abcd"), st.floats(0.01, 1.0), min_size=1)


@pytest.mark.parametrize(
    "shares",
    [
        {"a": 0.5, "b": 0.5},
        {"a": 0.9, "b": 0.1},
        {"a": 0.95, "b": 0.04, "c": 0.01},
        {"a": 3.0, "b": 2.0, "c": 1.0},
        {"only": 1.0},
    ],
)
def test_arms_get_their_shares(shares: dict[str, float]) -> None:
    counts = Counter(assign("price-test", unit, shares) for unit in UNITS)
    total = sum(shares.values())
    for arm, weight in shares.items():
        share = weight / total
        bound = DEVIATIONS * math.sqrt(len(UNITS) * share * (1 - share))
        assert abs(counts[arm] - len(UNITS) * share) <= bound


@given(weights, st.text(), st.text())
def test_a_unit_stays_where_it_is(shares: dict[str, float], experiment: str, unit: str) -> None:
    arm = assign(experiment, unit, shares)
    assert arm in shares
    assert assign(experiment, unit, dict(shares)) == arm
    assert assign(experiment, unit, dict(reversed(shares.items()))) == arm
    # Powers of two lose no bit: shares that mean the same give the same arm.
    assert assign(experiment, unit, {name: share * 4 for name, share in shares.items()}) == arm


@given(weights, st.text(), st.floats(1.0, 10.0), st.data())
def test_when_an_arm_grows_units_move_to_it_and_nowhere_else(
    shares: dict[str, float], unit: str, growth: float, data: st.DataObject
) -> None:
    grown = data.draw(st.sampled_from(sorted(shares)))
    before = assign("e", unit, shares)
    after = assign("e", unit, shares | {grown: shares[grown] * growth})
    assert after in {before, grown}


def test_a_new_arm_takes_its_share_from_all_and_moves_nobody_else() -> None:
    before = {unit: assign("e", unit, {"a": 0.5, "b": 0.5}) for unit in UNITS}
    after = {unit: assign("e", unit, {"a": 0.5, "b": 0.5, "c": 0.25}) for unit in UNITS}
    moved = [unit for unit in UNITS if before[unit] != after[unit]]
    assert {after[unit] for unit in moved} == {"c"}
    assert len(moved) / len(UNITS) == pytest.approx(0.2, abs=0.012)


def test_experiments_are_independent() -> None:
    shares = {"a": 0.5, "b": 0.5}
    same = sum(assign("one", unit, shares) == assign("two", unit, shares) for unit in UNITS)
    assert same / len(UNITS) == pytest.approx(0.5, abs=0.015)


def test_an_arm_without_weight_gets_nobody() -> None:
    shares = {"a": 0.0, "b": 1.0, "c": -1.0}
    assert {assign("e", unit, shares) for unit in UNITS[:1_000]} == {"b"}


@pytest.mark.parametrize("shares", [{}, {"a": 0.0}, {"a": 0.0, "b": -0.5}])
def test_without_any_weight_there_is_no_arm(shares: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="price-test"):
        assign("price-test", "user-1", shares)
