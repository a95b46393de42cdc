import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as some

from streamgauge.detectors.chi_square import ChiSquare
from streamgauge.detectors.hellinger import Hellinger
from streamgauge.detectors.jensen_shannon import JensenShannon
from streamgauge.detectors.kl import Kl
from streamgauge.detectors.ks import Ks
from streamgauge.detectors.l_infinity import LInfinity
from streamgauge.detectors.psi import Psi
from streamgauge.detectors.wasserstein import Wasserstein
from streamgauge.detectors.window_test import Side, Sides, WindowTest

TESTS: list[WindowTest] = [
    Psi(),
    Psi(debiased=False),
    Kl(),
    JensenShannon(),
    Hellinger(),
    LInfinity(),
    Ks(),
    ChiSquare(),
    ChiSquare(statistic="g"),
    Wasserstein(raw=True),
]
counts = some.arrays(np.int64, (3, 4), elements=st.integers(0, 10**6))


@given(counts, counts)
def test_any_counts_give_a_distance_where_both_have_values(
    left: np.ndarray, right: np.ndarray
) -> None:
    known = (left.sum(axis=1) > 0) & (right.sum(axis=1) > 0)
    middles = np.tile(np.arange(4.0), (3, 1))
    for test in TESTS:
        far = isinstance(test, Wasserstein)
        found = test.compare(left, right, middles if far else None)
        assert np.isfinite(found.distance).tolist() == known.tolist(), test
        p = found.p[~np.isnan(found.p)]
        assert ((p >= 0) & (p <= 1)).all(), test
        # Nothing is above zero, the debiased PSI may be below.
        assert test == Psi() or (found.distance[known] >= 0).all(), test


@given(counts)
def test_a_window_is_no_distance_from_itself(one: np.ndarray) -> None:
    # Of bins with too little to say, what is found has a tail, and so a distance.
    exact = [ChiSquare(least=0) if isinstance(test, ChiSquare) else test for test in TESTS]
    for test in exact:
        found = test.compare(one, one, np.tile(np.arange(4.0), (3, 1)))
        assert (np.nan_to_num(found.distance) <= 1e-6).all(), test
        assert (np.nan_to_num(found.p, nan=1.0) >= 0.99).all(), test


def test_the_type_of_the_counts_does_not_matter() -> None:
    nines = np.full((2, 16), 9)
    for counts in (nines.astype(np.uint32), nines.astype(np.int32), nines.astype(np.float64)):
        found = Psi().compare(counts, nines)
        assert found.distance.dtype == np.float64


def test_smoothed_shares_are_made_once_for_each_prior() -> None:
    sides = Sides(Side(np.array([[1, 2]])), Side(np.array([[2, 1]])))
    assert sides.smooth(0.5) is sides.smooth(0.5)
    assert sides.smooth(0.5) is not sides.smooth(1.0)
    assert sides.smooth(0.5).current.sum() == pytest.approx(1.0)


def test_a_test_is_a_value_of_its_parameters() -> None:
    kinds = Psi | Kl | ChiSquare
    written = msgspec.json.encode(ChiSquare(least=2))
    assert msgspec.json.decode(written, type=kinds) == ChiSquare(least=2)
    with pytest.raises(TypeError, match="WindowTest is not a test"):
        WindowTest().compare(np.ones((1, 2)), np.ones((1, 2)))
