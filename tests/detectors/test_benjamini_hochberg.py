import numpy as np
import pytest
from scipy import stats

from streamgauge.detectors.benjamini_hochberg import adjust, adjust_e


def test_it_agrees_with_scipy() -> None:
    p = np.random.default_rng(20261201).random(50) ** 3
    assert adjust(p) == pytest.approx(stats.false_discovery_control(p))


def test_what_is_unknown_is_not_counted() -> None:
    told = adjust(np.array([np.nan, 0.01, 0.02]))
    assert np.isnan(told[0])
    assert told[1:] == pytest.approx([0.02, 0.02])
    assert np.isnan(adjust(np.full(3, np.nan))).all()
    assert adjust(np.zeros(0)).shape == (0,)


def test_without_any_drift_a_finding_is_as_rare_as_asked_for() -> None:
    # 20,000 families of 20 tests at .01: 200, by four deviations at most 257.
    p = np.random.default_rng(20261201).random((20_000, 20))
    assert sum(bool((adjust(row) <= 0.01).any()) for row in p) <= 257


def test_e_values_count_inversely() -> None:
    # e-BH rejects the k largest where k e_(k) / m >= 1 / q (Wang, Ramdas, 2022).
    told = adjust_e(np.array([400.0, 0.0, 90.0, np.nan, 1.0]))
    assert told[0] == pytest.approx(0.01)
    assert told[2] == pytest.approx(4 / (2 * 90))
    assert told[[1, 4]].tolist() == [1.0, 1.0]
    assert np.isnan(told[3])
    assert adjust_e(np.array([np.inf])).tolist() == [0.0]
