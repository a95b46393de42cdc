"""All window tests at once: each array that several of them need is made a single time."""

from typing import NamedTuple

from streamgauge.detectors import chi_square, psi, wasserstein
from streamgauge.detectors.hellinger import Hellinger
from streamgauge.detectors.jensen_shannon import JensenShannon
from streamgauge.detectors.kl import Kl
from streamgauge.detectors.ks import Ks
from streamgauge.detectors.l_infinity import LInfinity
from streamgauge.detectors.window_test import Floats, Found, Sides

_KL, _JENSEN_SHANNON, _HELLINGER, _L_INFINITY, _KS = (
    Kl(),
    JensenShannon(),
    Hellinger(),
    LInfinity(),
    Ks(),
)


class Distances(NamedTuple):
    """What each test says of each feature, shape (features,); NaN where it says nothing.

    `psi` is debiased, `raw_psi` is not. `chi_square` and `g` have the statistic and its p,
    `wasserstein` is in deviations of the reference and `raw_wasserstein` in the feature's unit.
    """

    psi: Floats
    raw_psi: Floats
    kl: Floats
    jensen_shannon: Floats
    hellinger: Floats
    l_infinity: Floats
    ks: Found
    chi_square: Found
    g: Found
    wasserstein: Floats
    raw_wasserstein: Floats


def measure_all(sides: Sides) -> Distances:
    """All tests with their defaults.

    >>> import numpy as np
    >>> from streamgauge.detectors.window_test import Side
    >>> found = measure_all(Sides(Side(np.array([[500, 500]])), Side(np.array([[400, 600]]))))
    >>> found.l_infinity.round(3).tolist(), found.ks.distance.round(3).tolist()
    ([0.1], [0.1])
    """
    raw = sides.told(psi.index(sides))
    table = chi_square.pool(sides)
    far = far_raw = sides.no_p
    if sides.ruler is not None:
        far_raw = wasserstein.area(sides, sides.ruler)
        far = wasserstein.deviations(far_raw, sides.ruler)
    return Distances(
        psi=raw - psi.bias(sides),
        raw_psi=raw,
        kl=_KL.measure(sides).distance,
        jensen_shannon=_JENSEN_SHANNON.measure(sides).distance,
        hellinger=_HELLINGER.measure(sides).distance,
        l_infinity=_L_INFINITY.measure(sides).distance,
        ks=_KS.measure(sides),
        chi_square=chi_square.pearson(table),
        g=chi_square.likelihood(table),
        wasserstein=far,
        raw_wasserstein=far_raw,
    )
