import numpy as np
import pytest

from streamgauge.detectors.kl import Kl

from .table import equal_bins, normals, row

RAW = Kl(prior=0)


def test_the_closed_form() -> None:
    # p = .2 .3 .5, q = .1 .4 .5: .2 ln 2 + .3 ln (3/4).
    assert RAW.compare(row(2, 3, 5), row(1, 4, 5)).distance[0] == pytest.approx(0.0523248144)


def test_the_counts_of_evidently() -> None:
    # Counts of evidently's tests/stattests; measured by scipy.stats.entropy.
    found = RAW.compare(row(16, 18, 16, 14, 12, 12), row(16, 16, 16, 16, 16, 8)).distance[0]
    assert found == pytest.approx(0.0189097, abs=1e-7)


def test_without_a_prior_an_empty_bin_is_infinitely_far_and_with_one_it_is_not() -> None:
    # frouros, tests/integration/test_data_drift.py: infinite, with ten equal bins.
    far = equal_bins(normals(31, (1, 1, 100))[0], normals(31, (5, 2, 100))[0])
    assert RAW.compare(*far).distance[0] == np.inf
    assert 0 < Kl().compare(*far).distance[0] < 10


def test_the_same_is_not_apart_and_what_is_empty_is_unknown() -> None:
    found = Kl().compare(np.array([[3, 0, 1], [0, 0, 0]]), np.array([[3, 0, 1], [1, 0, 0]]))
    assert found.distance[0] == pytest.approx(0.0)
    assert np.isnan(found.distance[1])
    assert np.isnan(found.p).all()
