import math

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from streamgauge.detectors.jensen_shannon import JensenShannon

from .table import normals, row, whole

NATURAL = JensenShannon(base=math.e)


def test_the_closed_form() -> None:
    # p = .2 .3 .5, q = .1 .4 .5.
    assert NATURAL.compare(row(2, 3, 5), row(1, 4, 5)).distance[0] == pytest.approx(0.1099028134)
    found = JensenShannon().compare(row(2, 3, 5), row(1, 4, 5)).distance[0]
    assert found == pytest.approx(0.1320067319)


def test_the_counts_of_evidently() -> None:
    # Counts of evidently's tests/stattests; measured by scipy, base e.
    found = NATURAL.compare(row(16, 18, 16, 14, 12, 12), row(16, 16, 16, 16, 16, 8)).distance[0]
    assert found == pytest.approx(0.0680482, abs=1e-7)


def test_the_case_of_frouros() -> None:
    # frouros, tests/integration/test_data_drift.py: base e, and shares between ten equidistant
    # points that are read off histograms with numpy's "auto" bins.
    left, right = normals(31, (1, 1, 100))[0], normals(31, (5, 2, 100))[0]
    both = np.concatenate([left, right])
    points = np.linspace(both.min(), both.max(), 10)
    shares = [
        np.diff(stats.rv_histogram(np.histogram(values, bins="auto")).cdf(points))
        for values in (left, right)
    ]
    found = NATURAL.compare(whole(shares[0]), whole(shares[1])).distance[0]
    assert found == pytest.approx(0.67010107, abs=1e-7)


def test_the_case_of_nannyml() -> None:
    # NannyML, tests/drift: categories abcd x 10,000 against abce x 1,000, to two places, base 2.
    random = np.random.RandomState(1)
    before = random.choice(list("abcd"), 10_000)
    after = random.choice(list("abce"), 1_000)
    counts = [[int((drawn == name).sum()) for name in "abcde"] for drawn in (before, after)]
    found = JensenShannon().compare(row(*counts[0]), row(*counts[1])).distance[0]
    assert round(float(found), 2) == 0.5


def test_it_agrees_with_scipy_and_ends_at_one() -> None:
    random = np.random.default_rng(20261201)
    left, right = random.integers(0, 50, (2, 30, 16))
    found = JensenShannon().compare(left, right).distance
    expected = [jensenshannon(p, q, 2) for p, q in zip(left, right, strict=True)]
    assert found == pytest.approx(np.array(expected), abs=1e-9)
    assert JensenShannon().compare(row(5, 0), row(0, 9)).distance[0] == pytest.approx(1.0)
    assert JensenShannon().compare(row(5, 1), row(50, 10)).distance[0] == pytest.approx(0, abs=1e-7)


def test_what_is_empty_is_unknown() -> None:
    found = JensenShannon().compare(np.array([[0, 0], [1, 1]]), np.array([[1, 1], [0, 0]]))
    assert np.isnan(found.distance).all()
