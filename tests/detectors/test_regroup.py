import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.detectors.regroup import Distributions, Regroup

MIDDLES = np.linspace(-50.0, 50.0, 1_001)


@given(st.lists(st.integers(0, 1_000), min_size=40, max_size=40), st.integers(0, 2**32 - 1))
def test_groups_ascend_and_lose_nothing(counts: list[int], seed: int) -> None:
    reference = np.array(counts, np.int64)
    groups = Regroup.of(reference, np.arange(40.0))
    assert (np.diff(groups.group) >= 0).all()
    assert groups.group.max(initial=0) <= min(len(groups.field.cuts), 15)
    assert groups.gather(reference).sum() == reference.sum()
    assert groups.field.cuts == sorted(set(groups.field.cuts))
    window = np.random.default_rng(seed).integers(0, 9, 40)
    assert groups.gather(window).sum() == window.sum()
    held = [groups.counted.cells.get(32 * place, 0) for place in range(16)]
    assert held == groups.gather(reference).tolist()


def test_a_smooth_reference_fills_the_groups_evenly() -> None:
    values = np.random.default_rng(20261206).normal(0, 8, 50_000)
    reference = np.histogram(values, np.append(MIDDLES - 0.05, 50.05))[0]
    groups = Regroup.of(reference, MIDDLES)
    assert groups.gather(reference) == pytest.approx(np.full(16, 3_125), abs=300)
    assert groups.field.mean == pytest.approx(0, abs=0.2)
    assert groups.field.deviation == pytest.approx(8, rel=0.02)


def test_one_value_that_most_have_keeps_a_group_of_its_own() -> None:
    reference = np.array([5, 900, 5, 90, 0])
    groups = Regroup.of(reference, np.arange(5.0))
    assert groups.group[1] != groups.group[3]
    assert groups.gather(reference).sum() == 1_000


def test_nothing_at_all_has_one_group() -> None:
    groups = Regroup.of(np.zeros(5), np.arange(5.0))
    assert groups.field.cuts == []
    assert groups.gather(np.array([1, 0, 0, 0, 2])).tolist()[:2] == [3, 0]


def test_names_are_ranked_and_what_the_reference_lacks_is_left_out() -> None:
    made = Distributions.of(
        {"value": (np.array([1, 2, 3]), np.arange(3.0))}, {"class": {"no": 90, "yes": 10, "ah": 10}}
    )
    assert made.yardstick.features == ("value", "class")
    assert list(made.yardstick.known["class"]) == ["no", "ah", "yes"]
    window = made.window({"value": np.array([0, 0, 4]), "more": np.ones(2)}, {"class": {"new": 5}})
    assert window.cells.sum() == 4
    assert window.names.tolist() == [[0, 0, 0, 0, 5]]
