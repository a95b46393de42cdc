import numpy as np
import pytest
from scipy import stats

from streamgauge.detectors.ks import Ks
from streamgauge.metrics import frozen_grid

from .table import normals, row, uniform, values, whole

KS = Ks()


def test_the_closed_form_and_the_case_of_frouros() -> None:
    assert KS.compare(row(2, 3, 5), row(1, 4, 5)).distance[0] == pytest.approx(0.1)
    # research/drift.md, case 6: frouros' samples, .81.
    left, right, _ = values(normals(31, (1, 1, 100))[0], normals(31, (5, 2, 100))[0])
    assert KS.compare(left, right).distance[0] == pytest.approx(0.81)


@pytest.mark.parametrize(("shift", "expected"), [(0.2, 0.0797), (0.5, 0.1974), (1.0, 0.3829)])
def test_a_normal_population_that_moves(shift: float, expected: float) -> None:
    # research/drift.md, case 31: 2 Phi(d / 2) - 1; the cells of the grid lose at most .006 of it.
    quantiles = stats.norm.ppf((np.arange(100_000) + 0.5) / 100_000)
    grid = frozen_grid.plan(frozen_grid.number(quantiles))
    ends = np.append(frozen_grid.middles(grid)[1:] + frozen_grid.middles(grid)[:-1], np.inf) / 2
    shares = [np.diff(stats.norm.cdf(ends - by), prepend=0.0) for by in (0.0, shift)]
    found = KS.compare(whole(shares[0]), whole(shares[1])).distance[0]
    assert found == pytest.approx(expected, abs=0.006)


def test_p_is_that_of_scipy_where_no_value_is_lost() -> None:
    random = np.random.default_rng(20261201)
    one, two = random.normal(0, 1, 2_000), random.normal(0.08, 1, 1_000)
    left, right, _ = values(one, two)
    found = KS.compare(left, right)
    exact = stats.ks_2samp(one, two)
    assert found.distance[0] == pytest.approx(exact.statistic)
    # The asymptotic law; scipy's is exact.
    assert found.p[0] == pytest.approx(exact.pvalue, rel=0.1)


def test_p_errs_on_the_safe_side_on_sixteen_groups() -> None:
    # 10,000 windows without drift: .001 of them may be below .001, and .01 below .01.
    reference, current = uniform(20261201, features=10_000, bins=16, sizes=(10_000, 500))
    p = KS.compare(reference, current).p
    assert np.mean(p < 0.01) <= 0.01
    assert np.mean(p < 0.001) <= 0.001


def test_what_is_empty_is_unknown_and_what_is_constant_does_not_differ() -> None:
    found = KS.compare(np.array([[0, 0], [3, 0]]), np.array([[1, 1], [5, 0]]))
    assert np.isnan([found.distance[0], found.p[0]]).all()
    assert (found.distance[1], found.p[1]) == (0.0, 1.0)
