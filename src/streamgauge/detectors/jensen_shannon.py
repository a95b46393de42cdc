"""Jensen-Shannon: a distance of two windows that is between 0 and 1 whatever they hold."""

import math

import numpy as np

from streamgauge.detectors.window_test import Found, Sides, WindowTest

# The least share of a bin that is worth a logarithm.
_TINY = 1e-300


class JensenShannon(WindowTest, frozen=True, tag="jensen_shannon"):
    """The square root of the Jensen-Shannon divergence to `base`, as scipy has it.

    With base 2 windows that have no bin in common are 1 apart.

    >>> JensenShannon().compare(
    ...     np.array([[2, 3, 5]]), np.array([[1, 4, 5]])
    ... ).distance.round(10).tolist()
    [0.1320067319]
    """

    base: float = 2.0

    def measure(self, sides: Sides) -> Found:
        # Of the sum of p ln p, what the counts tell: sum of c ln c over n, less ln n.
        theirs, mine = sides.pair
        alone = theirs.order / theirs.weight + mine.order / mine.weight
        alone -= np.log(theirs.weight * mine.weight)
        middle = theirs.share + mine.share
        together = np.vecdot(middle, np.log(np.maximum(middle, _TINY)))
        told = (alone - together) / (2 * math.log(self.base)) + math.log(2, self.base)
        return Found(sides.told(np.sqrt(np.maximum(told, 0.0))), sides.no_p)
