import numpy as np

from streamgauge.detectors.chi_square import ChiSquare
from streamgauge.detectors.distances import join, measure_all
from streamgauge.detectors.hellinger import Hellinger
from streamgauge.detectors.jensen_shannon import JensenShannon
from streamgauge.detectors.kl import Kl
from streamgauge.detectors.ks import Ks
from streamgauge.detectors.l_infinity import LInfinity
from streamgauge.detectors.psi import Psi
from streamgauge.detectors.wasserstein import Wasserstein
from streamgauge.detectors.window_test import Ruler, Side, Sides

SEED = 20261205


def cells() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(SEED)
    reference = random.multinomial(10_000, np.full(512, 1 / 512), 5)
    current = random.multinomial(1_000, random.dirichlet(np.full(512, 2.0), 5))
    current[3] = 0
    return reference, current, np.sort(random.normal(0, 1, (5, 512)), axis=1)


def test_all_at_once_are_what_each_is_alone() -> None:
    before, after, middles = cells()
    theirs = Side.of_cells(before)
    assert theirs.cells is not None
    found = measure_all(Sides(theirs, Side.of_cells(after), Ruler.of(theirs.cells, middles)))
    groups = before.reshape(5, 16, 32).sum(axis=2), after.reshape(5, 16, 32).sum(axis=2)
    alone = {
        "psi": Psi().compare(*groups).distance,
        "raw_psi": Psi(debiased=False).compare(*groups).distance,
        "kl": Kl().compare(*groups).distance,
        "jensen_shannon": JensenShannon().compare(*groups).distance,
        "hellinger": Hellinger().compare(*groups).distance,
        "l_infinity": LInfinity().compare(*groups).distance,
        "ks": Ks().compare(before, after).distance,
        "ks_p": Ks().compare(before, after).p,
        "chi_square": ChiSquare().compare(*groups).distance,
        "chi_square_p": ChiSquare().compare(*groups).p,
        "g": ChiSquare(statistic="g").compare(*groups).distance,
        "g_p": ChiSquare(statistic="g").compare(*groups).p,
        "wasserstein": Wasserstein().compare(before, after, middles).distance,
        "raw_wasserstein": Wasserstein(raw=True).compare(before, after, middles).distance,
    }
    assert set(alone) == set(found._fields)
    for name, expected in alone.items():
        told = getattr(found, name)
        np.testing.assert_allclose(told, expected, rtol=1e-9, atol=1e-12, err_msg=name)
        assert np.isnan(told).tolist() == [False, False, False, True, False]


def test_two_can_be_joined() -> None:
    before, after, _ = cells()
    found = measure_all(Sides(Side(before), Side(after)))
    both = join(found, found)
    assert both.psi.shape == (10,)
    np.testing.assert_array_equal(both.ks[:5], both.ks[5:])
