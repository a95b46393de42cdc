import numpy as np
import pytest

from streamgauge.detectors.hellinger import Hellinger

from .table import equal_bins, normals, row

HELLINGER = Hellinger()


def test_the_closed_form() -> None:
    # p = .2 .3 .5, q = .1 .4 .5.
    assert HELLINGER.compare(row(2, 3, 5), row(1, 4, 5)).distance[0] == pytest.approx(0.1103108438)


def test_the_counts_of_evidently() -> None:
    # evidently, tests/stattests: .06812.
    found = HELLINGER.compare(row(16, 18, 16, 14, 12, 12), row(16, 16, 16, 16, 16, 8)).distance[0]
    assert found == pytest.approx(0.06812, abs=1e-5)


def test_the_cases_of_frouros() -> None:
    # frouros, tests/integration/test_data_drift.py: ten equal bins.
    far = equal_bins(normals(31, (1, 1, 100))[0], normals(31, (5, 2, 100))[0])
    assert HELLINGER.compare(*far).distance[0] == pytest.approx(0.74509099, abs=1e-8)
    same = normals(31, (1, 1, 500), (1, 1, 500))
    bins = equal_bins(same[0], same[1])
    assert HELLINGER.compare(*bins).distance[0] == pytest.approx(0.04792538, abs=1e-8)


def test_the_case_of_nannyml() -> None:
    # NannyML, tests/drift: categories abcd x 10,000 against abce x 1,000, to two places.
    random = np.random.RandomState(1)
    before = random.choice(list("abcd"), 10_000)
    after = random.choice(list("abce"), 1_000)
    counts = [[int((drawn == name).sum()) for name in "abcde"] for drawn in (before, after)]
    found = HELLINGER.compare(row(*counts[0]), row(*counts[1])).distance[0]
    assert round(float(found), 2) == 0.5


def test_it_is_between_zero_and_one_and_unknown_where_nothing_is() -> None:
    found = HELLINGER.compare(
        np.array([[4, 4], [4, 0], [0, 0]]), np.array([[2, 2], [0, 4], [1, 1]])
    )
    assert found.distance[:2] == pytest.approx([0.0, 1.0])
    assert np.isnan(found.distance[2])
