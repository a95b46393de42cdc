"""Wasserstein: how far values have moved on average, in deviations or in the feature's own unit."""

import numpy as np

from streamgauge.detectors.window_test import Floats, Found, Ruler, Sides, WindowTest


class Wasserstein(WindowTest, frozen=True, tag="wasserstein"):
    """First Wasserstein distance: the area between both cumulative shares.

    In units of the reference's standard deviation, or `raw`. It needs the values that cells stand
    for, and is NaN without; in deviations it is NaN where the reference is constant. Values beyond
    the outermost cells count as if they were in them.

    >>> cells, now = np.array([[1, 1, 0]]), np.array([[0, 1, 1]])
    >>> Wasserstein(raw=True).compare(cells, now, np.array([[10.0, 20.0, 30.0]])).distance.tolist()
    [10.0]
    """

    raw: bool = False

    def measure(self, sides: Sides) -> Found:
        if sides.ruler is None:
            return Found(sides.no_p, sides.no_p)
        lengths = area(sides, sides.ruler)
        return Found(lengths if self.raw else deviations(lengths, sides.ruler), sides.no_p)


def area(sides: Sides, ruler: Ruler) -> Floats:
    """Between the cumulative shares, in the unit of each feature."""
    with np.errstate(invalid="ignore"):
        between = np.vecdot(sides.climb, ruler.steps)
    return sides.told(between)


def deviations(lengths: Floats, ruler: Ruler) -> Floats:
    """The same in standard deviations of the reference."""
    nan = np.full_like(lengths, np.nan)
    return np.divide(lengths, ruler.spread, out=nan, where=ruler.spread > 0)
