"""PSI: whether a feature's values have moved to other bins, in the unit that people know."""

import numpy as np
from scipy import special, stats

from streamgauge.detectors.window_test import Floats, Found, Sides, WindowTest

JEFFREYS = 0.5


class Psi(WindowTest, frozen=True, tag="psi"):
    """Population stability index: the sum of (q - p) ln(q / p) over the bins that are used.

    `prior` is added to each of them on both sides, so an empty bin does not make it infinite; one
    half is Jeffreys' choice. Two samples of one distribution have a PSI of (B - 1)(1/n + 1/M) on
    average (Yurdakul: "Statistical Properties of Population Stability Index", 2018); `debiased`
    takes it off, so small windows do not look as if they drifted. It may be below zero then. `p` is
    that paper's: PSI / (1/n + 1/M) is distributed as chi-square with B - 1 degrees of freedom.

    >>> Psi(prior=0, debiased=False).compare(
    ...     np.array([[2, 3, 5]]), np.array([[1, 4, 5]])
    ... ).distance.round(10).tolist()
    [0.0980829253]
    """

    prior: float = JEFFREYS
    debiased: bool = True

    def measure(self, sides: Sides) -> Found:
        raw = index(sides, self.prior)
        p = np.where(sides.free > 0, special.chdtrc(sides.free, raw / sides.noise), 1.0)
        return Found(sides.told(raw - bias(sides) if self.debiased else raw), sides.told(p))


def index(sides: Sides, prior: float = JEFFREYS) -> Floats:
    """The PSI as it is, not debiased; zero where there are no values."""
    smooth = sides.smooth(prior)
    return np.asarray(np.vecdot(smooth.current - smooth.reference, smooth.log_ratio))


def bias(sides: Sides) -> Floats:
    """The PSI of two samples of the same sizes where nothing has moved, on average."""
    return np.asarray(sides.free * sides.noise)


def critical(
    bins: int, count: float, rows: float = np.inf, *, level: float = 0.05, normal: bool = False
) -> float:
    """The PSI (not debiased) that chance alone exceeds with probability `level`.

    By Yurdakul's chi-square law, or by his `normal` approximation of it.

    >>> round(critical(10, 400), 7)
    0.0422974
    """
    noise = 1 / count + 1 / rows
    law = stats.norm(bins - 1, np.sqrt(2 * (bins - 1))) if normal else stats.chi2(bins - 1)
    return float(law.isf(level)) * noise
