from typing import Any

import pytest

from streamgauge.contracts.allocation import Allocation
from streamgauge.models.assignment import Assignment
from streamgauge.settings import Experiment, SettingsError

EXPERIMENTS = {"speed": Experiment(model="duration_s", arms={"old": "1", "new": "2"})}


def shares(version: int, new: float, **changes: Any) -> Allocation:
    fields: dict[str, Any] = {
        "experiment": "speed",
        "model": "duration_s",
        "version": version,
        "ts": 1_000 + version,
        "weights": {"old": 1 - new, "new": new},
        "arms": {"old": "1", "new": "2"},
        "policy": "thompson",
    }
    return Allocation(**(fields | changes))


def test_equal_shares_hold_until_somebody_allocates() -> None:
    assignment = Assignment(EXPERIMENTS)

    choices = [assignment.choose("duration_s", f"user-{n}") for n in range(2000)]

    chosen = [choice for choice in choices if choice]
    assert len(chosen) == 2000
    assert {(c.allocation, c.propensity) for c in chosen} == {(0, 0.5)}
    # Binomial: standard deviation 22.
    assert sum(c.version == "2" for c in chosen) == pytest.approx(1000, abs=90)
    assert assignment.choose("result_count", "user-1") is None


def test_a_unit_keeps_its_arm_and_moves_only_to_the_arm_that_grows() -> None:
    assignment = Assignment(EXPERIMENTS)
    units = [f"user-{n}" for n in range(1000)]

    def arms() -> list[str]:
        return [c.arm for unit in units if (c := assignment.choose("duration_s", unit))]

    before = arms()
    assert before == arms()
    assert assignment.apply(shares(1, new=0.8))
    moved = {(old, new) for old, new in zip(before, arms(), strict=True) if old != new}
    assert moved == {("old", "new")}


def test_the_propensity_is_the_share_of_the_chosen_arm() -> None:
    assignment = Assignment(EXPERIMENTS)
    assignment.apply(shares(3, new=0.9))

    found = {assignment.choose("duration_s", f"user-{n}") for n in range(200)}

    assert {(c.arm, c.version, round(c.propensity, 6)) for c in found if c} == {
        ("old", "1", 0.1),
        ("new", "2", 0.9),
    }
    assert {c.allocation for c in found if c} == {3}


def test_older_shares_are_ignored_and_a_new_start_is_not() -> None:
    assignment = Assignment(EXPERIMENTS)

    assert assignment.apply(shares(5, new=0.9))
    assert not assignment.apply(shares(5, new=0.1))
    assert not assignment.apply(shares(4, new=0.1))
    assert assignment.apply(shares(1, new=0.2, ts=9_000))
    assert not assignment.apply(shares(7, new=0.5, experiment="other"))
    assert assignment.current()["speed"][0] == 1


NO_SHARES = [
    {"old": 1.0},
    {"old": 0.5, "new": 0.5, "third": 0.0},
    {"old": 0.0, "new": 0.0},
    {"old": -0.5, "new": 1.5},
    {"old": float("nan"), "new": 1.0},
]


@pytest.mark.parametrize("weights", NO_SHARES)
def test_shares_that_are_none_leave_the_last_ones(weights: dict[str, float]) -> None:
    assignment = Assignment(EXPERIMENTS)

    with pytest.raises(ValueError, match="allocation of speed"):
        assignment.apply(shares(1, new=0.5, weights=weights))

    assert assignment.current() == {"speed": (0, {"old": 0.5, "new": 0.5})}


def test_a_model_is_in_one_experiment_at_a_time() -> None:
    twice = EXPERIMENTS | {"again": Experiment(model="duration_s", arms={"a": "1"})}

    with pytest.raises(SettingsError, match=r"experiments\.again\.model: duration_s already"):
        Assignment(twice)
    with pytest.raises(SettingsError, match=r"experiments\.none\.arms"):
        Assignment({"none": Experiment(model="m", arms={})})
