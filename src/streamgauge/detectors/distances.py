"""All window tests at once: each array that several of them need is made a single time."""

from typing import NamedTuple

import numpy as np

from streamgauge.detectors import chi_square, psi, wasserstein
from streamgauge.detectors.hellinger import Hellinger
from streamgauge.detectors.jensen_shannon import JensenShannon
from streamgauge.detectors.kl import Kl
from streamgauge.detectors.ks import Ks
from streamgauge.detectors.l_infinity import LInfinity
from streamgauge.detectors.window_test import Floats, Sides

_KL = Kl()
_JENSEN_SHANNON = JensenShannon()
_HELLINGER = Hellinger()
_L_INFINITY = LInfinity()
_KS = Ks()


class Distances(NamedTuple):
    """What each test says of each feature, shape (features,); NaN where it says nothing.

    `psi` is debiased, `raw_psi` is not; `wasserstein` is in deviations of the reference and
    `raw_wasserstein` in the feature's own unit. `chi_square` and `g` are statistics.
    """

    psi: Floats
    raw_psi: Floats
    kl: Floats
    jensen_shannon: Floats
    hellinger: Floats
    l_infinity: Floats
    ks: Floats
    ks_p: Floats
    chi_square: Floats
    chi_square_p: Floats
    g: Floats
    g_p: Floats
    wasserstein: Floats
    raw_wasserstein: Floats


def measure_all(sides: Sides) -> Distances:
    """All tests with their defaults.

    >>> from streamgauge.detectors.window_test import Side
    >>> found = measure_all(Sides(Side(np.array([[500, 500]])), Side(np.array([[400, 600]]))))
    >>> found.l_infinity.round(3).tolist(), found.ks.round(3).tolist()
    ([0.1], [0.1])
    """
    raw = sides.told(psi.index(sides))
    table = chi_square.pool(sides)
    far = far_raw = sides.no_p
    if sides.ruler is not None:
        far_raw = wasserstein.area(sides, sides.ruler)
        far = wasserstein.deviations(far_raw, sides.ruler)
    return Distances(
        raw - psi.bias(sides),
        raw,
        _KL.measure(sides).distance,
        _JENSEN_SHANNON.measure(sides).distance,
        _HELLINGER.measure(sides).distance,
        _L_INFINITY.measure(sides).distance,
        *_KS.measure(sides),
        *chi_square.pearson(table),
        *chi_square.likelihood(table),
        far,
        far_raw,
    )


def join(first: Distances, second: Distances) -> Distances:
    """The features of both, one after the other."""
    return Distances(*map(np.concatenate, zip(first, second, strict=True)))
