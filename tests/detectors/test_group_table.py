import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from streamgauge.detectors.group_table import tabulate

GROUPS = 16
some_counts = st.lists(st.integers(0, 10**7), min_size=GROUPS, max_size=GROUPS)


@given(some_counts)
def test_every_alternative_is_a_distribution_over_the_groups(counts: list[int]) -> None:
    table = tabulate(["a"], [counts], [True])
    assert table.shares.sum() == pytest.approx(1.0)
    assert table.shares.min() > 0
    alternatives = table.shares[0, :, None] * np.exp(table.tilts[0])
    assert alternatives.sum(axis=0) == pytest.approx(1.0)
    assert np.exp(table.weights).sum() == pytest.approx(1.0)


def test_a_known_move_of_equal_groups_is_that_of_a_normal_feature() -> None:
    table = tabulate(["a"], [[10**6] * GROUPS], [True])
    moved = table.shares[0] * np.exp(table.tilts[0, :, 0])
    # The cut of the outermost sixteenths is at 1.534 deviations: closed form.
    assert moved[0] == pytest.approx(norm.cdf(-1.534 - 0.25), abs=0.002)
    assert moved[-1] == pytest.approx(norm.sf(1.534 - 0.25), abs=0.002)


def test_names_have_no_order_and_only_what_is_learned_counts() -> None:
    table = tabulate(["a", "b"], [[100] * GROUPS] * 2, [True, False])
    assert np.isfinite(table.weights[0]).all()
    assert np.exp(table.weights[1]).tolist() == [0.0] * (table.tilts.shape[2]) + [1.0]
    assert not table.tilts[1].any()


@pytest.mark.parametrize("counts", [[0] * 16, [1] + [0] * 15, [0] * 15 + [10**12]])
def test_constants_and_next_to_nothing_are_finite(counts: list[int]) -> None:
    table = tabulate(["a"], [counts], [True])
    for part in (table.shares, table.tilts, table.weights, table.blur):
        assert np.isfinite(part).all()


def test_a_small_reference_costs_more() -> None:
    table = tabulate(["a", "b"], [[10] * GROUPS, [1_000] * GROUPS], [True, True])
    assert table.blur.tolist() == [15 / 320, 15 / 32_000]
