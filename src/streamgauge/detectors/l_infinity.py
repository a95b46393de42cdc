"""L-infinity: by how much the share of the bin that changed most has changed."""

import numpy as np

from streamgauge.detectors.window_test import Found, Sides, WindowTest


class LInfinity(WindowTest, frozen=True, tag="l_infinity"):
    """The largest difference of a share; 0 to 1.

    >>> LInfinity().compare(
    ...     np.array([[2, 3, 5]]), np.array([[1, 4, 5]])
    ... ).distance.round(10).tolist()
    [0.1]
    """

    def measure(self, sides: Sides) -> Found:
        told = np.maximum.reduce(np.abs(sides.gap), axis=1)
        return Found(sides.told(told), sides.no_p)
