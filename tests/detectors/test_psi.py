import sys
from statistics import mean

import numpy as np
import pytest
from scipy import stats

from streamgauge.detectors.psi import Psi, critical
from streamgauge.metrics import frozen_grid

from .table import equal_bins, normals, row, uniform, whole

SEED = 20261201
RAW = Psi(prior=0, debiased=False)


def test_the_closed_form() -> None:
    # p = .2 .3 .5, q = .1 .4 .5: .1 ln 2 + .1 ln (4/3).
    assert RAW.compare(row(2, 3, 5), row(1, 4, 5)).distance[0] == pytest.approx(0.0980829253)


def test_the_case_of_scouter() -> None:
    # demml/scouter, test_compute_psi_basic: pairs (.3, .2), (.4, .4), (.3, .4), to 1e-6.
    found = RAW.compare(row(2, 4, 4), row(3, 4, 3)).distance[0]
    assert found == pytest.approx(0.0693147, abs=1e-6)


def test_the_counts_of_evidently() -> None:
    # Counts of evidently's tests/stattests; the PSI of them is the definition's, measured.
    found = RAW.compare(row(16, 18, 16, 14, 12, 12), row(16, 16, 16, 16, 16, 8)).distance[0]
    assert found == pytest.approx(0.0372184, abs=1e-7)


def test_the_cases_of_frouros() -> None:
    # frouros, tests/integration/test_data_drift.py: ten equal bins, and an empty bin has the
    # smallest positive share that a double can be.
    tiny = Psi(prior=sys.float_info.min * 100, debiased=False)
    far = normals(31, (1, 1, 100))[0], normals(31, (5, 2, 100))[0]
    assert tiny.compare(*equal_bins(*far)).distance[0] == pytest.approx(461.20379435)
    same = normals(31, (1, 1, 500), (1, 1, 500))
    assert tiny.compare(*equal_bins(same[0], same[1])).distance[0] == pytest.approx(
        0.01840072, abs=1e-7
    )


@pytest.mark.parametrize(("shift", "expected"), [(0.2, 0.0383), (0.5, 0.2377), (1.0, 0.9261)])
def test_a_normal_population_that_moves(shift: float, expected: float) -> None:
    # research/drift.md, case 31: N(d, 1) against ten deciles of N(0, 1), by the closed form.
    edges = stats.norm.ppf(np.linspace(0, 1, 11))
    moved = whole(np.diff(stats.norm.cdf(edges - shift)))
    found = Psi().compare(whole(np.full(10, 0.1)), moved).distance[0]
    assert found == pytest.approx(expected, abs=1e-4)


def test_critical_values_of_yurdakul() -> None:
    # demml/scouter's tests of Yurdakul's thresholds, one sample, 5 %.
    assert critical(10, 400) == pytest.approx(0.0422974, abs=1e-6)
    assert critical(10, 400, normal=True) == pytest.approx(0.0399463, abs=1e-6)
    assert critical(20, 1_000) == pytest.approx(0.0301, abs=5e-5)


@pytest.mark.parametrize("bins", [10, 16, 20])
@pytest.mark.parametrize("count", [500, 1_000])
def test_without_drift_the_raw_value_is_its_bias_and_the_debiased_one_nothing(
    bins: int, count: int
) -> None:
    # research/drift.md section 3c: the mean is (B - 1)(1/n + 1/M) within 5 %. 4,000 features: their
    # mean is known to 2 %.
    reference, current = uniform(SEED, features=4_000, bins=bins, sizes=(20_000, count))
    bias = (bins - 1) * (1 / 20_000 + 1 / count)
    raw = mean(Psi(debiased=False).compare(reference, current).distance.tolist())
    assert raw == pytest.approx(bias, rel=0.05)
    assert mean(Psi().compare(reference, current).distance.tolist()) == pytest.approx(raw - bias)


@pytest.mark.parametrize("count", [100, 200, 500])
def test_small_windows_alone_are_not_drift(count: int) -> None:
    # research/drift.md section 3c: at n = 100 the raw PSI of 20 bins is above 0.1 in 91 % of the
    # windows, at n = 200 in 37 %. Debiased and with p < .001 that is at most 0.15 %, here of 8,000.
    reference, current = uniform(SEED, features=8_000, bins=20, sizes=(20_000, count))
    found = Psi().compare(reference, current)
    assert np.mean((found.distance > 0.1) & (found.p < 0.001)) <= 0.0015


def test_one_outlier_among_a_thousand_changes_it_by_less_than_5_percent() -> None:
    # research/drift.md section 3e, defect 7: one value of 1,000 turns another monitor's 0.340 into
    # 0.0021, for its bins span what it sees. These were frozen with the reference.
    random = np.random.default_rng(SEED)
    base = random.normal(0, 1, 10_000)
    grid = frozen_grid.plan(frozen_grid.number(base))

    def groups(values: np.ndarray) -> np.ndarray:
        return np.bincount(frozen_grid.cell(grid, values) // 32, minlength=16)[None]

    moved = random.normal(0.5, 1, 1_000)
    clean = Psi().compare(groups(base), groups(moved)).distance[0]
    for outlier in (1e3, -1e300, 1e300):
        with_one = Psi().compare(groups(base), groups(np.append(moved, outlier))).distance[0]
        assert with_one == pytest.approx(clean, rel=0.05)


def test_a_name_that_was_never_seen_adds_a_finite_amount() -> None:
    # research/drift.md section 3e, defects 8 and 9: 3.04 or infinite elsewhere.
    found = Psi().compare(row(5_000, 5_000, 0), row(400, 400, 200))
    assert 0.5 < found.distance[0] < 2.5
    assert found.p[0] < 1e-9


def test_nothing_constant_and_empty_raise_nothing() -> None:
    found = Psi().compare(
        np.array([[10, 0], [0, 0], [10, 5], [7, 0]]), np.array([[5, 0], [5, 0], [0, 0], [0, 7]])
    )
    assert found.distance[0] == pytest.approx(0.0)
    assert found.p[0] == 1.0
    assert np.isnan(found.distance[[1, 2]]).all()
    assert np.isnan(found.p[[1, 2]]).all()
    assert found.distance[3] > 0
    assert Psi().compare(np.zeros((0, 16)), np.zeros((0, 16))).distance.shape == (0,)
