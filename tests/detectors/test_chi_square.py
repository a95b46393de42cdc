from typing import Literal

import numpy as np
import pytest
from scipy import stats

from streamgauge.detectors.chi_square import ChiSquare

from .table import row, uniform

Statistic = Literal["pearson", "g"]
Kind = Literal["pearson", "log-likelihood"]
PLAIN = ChiSquare(least=0)
EVIDENTLY = row(16, 18, 16, 14, 12, 12), row(16, 16, 16, 16, 16, 8)
SEED = 20261201


def test_the_case_of_evidently() -> None:
    # evidently, tests/stattests: the reference is taken for the truth. G is scipy's
    # power_divergence, measured.
    found = ChiSquare(least=0, known=True).compare(*EVIDENTLY)
    assert found.p[0] == pytest.approx(0.67309, abs=1e-5)
    found = ChiSquare(least=0, known=True, statistic="g").compare(*EVIDENTLY)
    assert found.p[0] == pytest.approx(0.66575, abs=1e-5)


def test_the_case_of_frouros() -> None:
    # frouros, tests/integration/test_data_drift.py: aabaab against baccc and one more c.
    found = PLAIN.compare(row(4, 2, 0), row(1, 1, 4))
    assert found.distance[0] == pytest.approx(6.13333333)
    assert found.p[0] == pytest.approx(0.04657615)


@pytest.mark.parametrize(("statistic", "kind"), [("pearson", "pearson"), ("g", "log-likelihood")])
def test_it_agrees_with_scipy(statistic: Statistic, kind: Kind) -> None:
    random = np.random.default_rng(SEED)
    left, right = random.integers(10, 90, (2, 20, 16))
    found = ChiSquare(statistic=statistic).compare(left, right)
    for place in range(20):
        exact = stats.chi2_contingency(np.stack([left[place], right[place]]), lambda_=kind)
        assert found.distance[place] == pytest.approx(exact.statistic)
        assert found.p[place] == pytest.approx(exact.pvalue)


@pytest.mark.parametrize("statistic", ["pearson", "g"])
@pytest.mark.parametrize("sizes", [(10_000, 250), (1_000, 1_000), (1_000, 50_000)])
def test_p_is_uniform_without_drift(statistic: Statistic, sizes: tuple[int, int]) -> None:
    # 20,000 windows: 200 below .01, by four deviations at most 257; of those below .001 at most 38.
    reference, current = uniform(SEED, features=20_000, bins=16, sizes=sizes)
    found = ChiSquare(statistic=statistic).compare(reference, current)
    assert np.count_nonzero(found.p < 0.01) <= 257
    assert np.count_nonzero(found.p < 0.001) <= 38


def test_rare_names_do_not_raise_alarms() -> None:
    # Two hundred names of ever smaller shares, most of which are expected less than five times.
    random = np.random.default_rng(SEED)
    shares = 1 / np.arange(1, 201)
    shares /= shares.sum()
    reference = random.multinomial(5_000, shares, 4_000)
    current = random.multinomial(300, shares, 4_000)
    p = ChiSquare().compare(reference, current).p
    assert np.count_nonzero(p < 0.01) <= 65
    assert np.count_nonzero(p < 0.001) <= 12


def test_names_never_seen_before_are_finite_and_found() -> None:
    found = ChiSquare().compare(row(5_000, 5_000, 0), row(200, 200, 100))
    assert np.isfinite(found.distance[0])
    assert found.p[0] < 1e-9
    one = ChiSquare().compare(row(5_000, 5_000, 0), row(250, 249, 1))
    assert one.p[0] > 0.1


def test_a_name_never_seen_before_is_found_however_large_the_reference_is() -> None:
    found = ChiSquare().compare(row(5_000_000, 5_000_000, 0), row(100, 100, 50))
    assert found.p[0] < 1e-9
    both: tuple[Statistic, ...] = ("pearson", "g")
    for statistic in both:
        replaced = ChiSquare(statistic=statistic).compare(row(100_000, 0), row(0, 250))
        assert replaced.p[0] < 1e-9
    # Of 250 values two are new, where at most one in a million was: a chance of some 1e-8.
    assert ChiSquare().compare(row(5_000_000, 5_000_000, 0), row(124, 124, 2)).p[0] < 1e-7


def test_what_is_too_few_even_together_has_its_exact_tail() -> None:
    found = ChiSquare().compare(row(600, 300, 1, 1), row(60, 30, 0, 1))
    rest = stats.chi2_contingency([[600, 300], [60, 30]], correction=False)
    # Of three values, at least one is of 91 and the others of 902.
    tail = stats.binom.sf(0, 3, 91 / (91 + 902))
    assert found.distance[0] == pytest.approx(rest.statistic + stats.chi2.isf(tail, 1))
    assert found.p[0] == pytest.approx(stats.chi2.sf(found.distance[0], 2))


def test_nothing_constant_and_empty_raise_nothing() -> None:
    for test in (ChiSquare(), PLAIN, ChiSquare(statistic="g"), ChiSquare(known=True)):
        found = test.compare(np.array([[9, 0], [0, 0], [2, 1]]), np.array([[7, 0], [1, 0], [0, 0]]))
        assert (found.distance[0], found.p[0]) == (pytest.approx(0.0, abs=1e-9), 1.0)
        assert np.isnan(found.p[1:]).all()
        assert test.compare(np.zeros((0, 3)), np.zeros((0, 3))).p.shape == (0,)


def test_billions_are_counted_well() -> None:
    found = ChiSquare(statistic="g").compare(row(10**12, 10**12), row(10**9, 10**9))
    assert found.distance[0] == pytest.approx(0.0, abs=0.05)
