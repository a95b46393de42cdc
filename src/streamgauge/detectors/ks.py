"""Kolmogorov-Smirnov: how far apart the cumulative shares of an ordered feature come."""

import numpy as np
from scipy import special

from streamgauge.detectors.window_test import Found, Sides, WindowTest


class Ks(WindowTest, frozen=True, tag="ks"):
    """The largest difference of the cumulative shares at the end of any bin; 0 to 1.

    On 16 groups that hold equal shares of the reference it is at most 0.01 below that of the values
    themselves, on 512 cells 0.004 (`research/drift.md` section 3c). `p` is Kolmogorov's asymptotic
    law, `scipy.stats.kstwobign`; bins make it larger than it would be, never smaller.

    >>> Ks().compare(
    ...     np.array([[2, 3, 5]]), np.array([[1, 4, 5]])
    ... ).distance.round(10).tolist()
    [0.1]
    """

    def measure(self, sides: Sides) -> Found:
        told = np.maximum.reduce(sides.climb, axis=1)
        return Found(sides.told(told), sides.told(special.kolmogorov(told / np.sqrt(sides.noise))))
