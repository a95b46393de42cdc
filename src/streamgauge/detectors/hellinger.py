"""Hellinger: a distance of two windows that weighs rare bins more than differences do."""

import numpy as np

from streamgauge.detectors.window_test import Found, Sides, WindowTest


class Hellinger(WindowTest, frozen=True, tag="hellinger"):
    """Hellinger distance: the Euclidean distance of the roots of the shares, over root two; 0 to 1.

    >>> Hellinger().compare(
    ...     np.array([[2, 3, 5]]), np.array([[1, 4, 5]])
    ... ).distance.round(10).tolist()
    [0.1103108438]
    """

    def measure(self, sides: Sides) -> Found:
        apart = np.sqrt(sides.current.share) - np.sqrt(sides.reference.share)
        told = np.sqrt(np.vecdot(apart, apart) / 2)
        return Found(sides.told(told), sides.no_p)
