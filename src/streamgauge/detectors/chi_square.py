"""Chi-square and G: whether two windows of counts can be samples of one distribution."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from streamgauge.detectors.window_test import Floats, Found, Side, Sides, WindowTest, order

# Cochran's rule: below this many expected counts the law of chi-square does not hold.
LEAST = 5.0


class ChiSquare(WindowTest, frozen=True, tag="chi_square"):
    """Test of homogeneity; the distance is the statistic, `p` has one degree less than bins.

    Bins where fewer than `least` values are expected, on either side, count as one; if that still
    expects too few, the next smallest joins them. So a name that was never seen before adds a
    finite amount. `statistic` is Pearson's, or the likelihood ratio G. `known` takes the reference
    for the truth instead of a sample, as tests of fit do.

    >>> ChiSquare().compare(
    ...     np.array([[3000, 6000, 0]]), np.array([[300, 599, 1]])
    ... ).p.round(2).tolist()
    [0.95]
    """

    least: float = LEAST
    statistic: Literal["pearson", "g"] = "pearson"
    known: bool = False

    def measure(self, sides: Sides) -> Found:
        table = pool(sides, self.least, known=self.known)
        if self.known:
            return _told(table, _fit(table) if self.statistic == "pearson" else _gain(table))
        return pearson(table) if self.statistic == "pearson" else likelihood(table)


def pool(sides: Sides, least: float = LEAST, *, known: bool = False) -> Sides:
    """Both sides, with bins that expect too little added up to one more bin at the end."""
    theirs, mine = sides.pair
    # A bin that holds b of a whole expects b * size / whole.
    if known:
        base, limit = theirs.counts, least * theirs.weight / mine.weight
    else:
        limit = least * (theirs.total + mine.total) / np.minimum(theirs.weight, mine.weight)
        base = sides.both
    few = (base < limit[:, None]) & sides.used
    if not few.any():
        return sides
    _widen(few, base, limit, sides.used)
    return Sides(Side(_merge(theirs.counts, few)), Side(_merge(mine.counts, few)))


def _widen(few: NDArray[np.bool_], base: Floats, limit: Floats, used: NDArray[np.bool_]) -> None:
    """Where the few expect too little even together, take the smallest of the others in."""
    together = np.where(few, base, 0.0).sum(axis=1)
    others = np.where(used & ~few, base, np.inf)
    rows = np.flatnonzero(few.any(axis=1) & (together < limit) & np.isfinite(others).any(axis=1))
    few[rows, np.argmin(others[rows], axis=1)] = True


def _merge(counts: Floats, few: NDArray[np.bool_]) -> Floats:
    together = np.where(few, counts, 0.0).sum(axis=1)
    return np.concatenate([np.where(few, 0.0, counts), together[:, None]], axis=1)


def pearson(table: Sides) -> Found:
    """Pearson's test of two samples."""
    theirs, mine = table.pair
    ratio = np.sqrt(mine.weight / theirs.weight)
    apart = mine.counts / ratio[:, None]
    apart -= theirs.counts * ratio[:, None]
    apart *= apart
    apart /= np.maximum(table.both, 1.0)
    return _told(table, np.add.reduce(apart, axis=1))


def likelihood(table: Sides) -> Found:
    """G: twice the gain in log-likelihood of two distributions over one."""
    theirs, mine = table.pair
    whole = theirs.weight + mine.weight
    inner = mine.order + theirs.order - order(table.both)
    outer = theirs.weight * np.log(theirs.weight) + mine.weight * np.log(mine.weight)
    outer -= whole * np.log(whole)
    return _told(table, np.maximum(2 * (inner - outer), 0.0))


def _fit(table: Sides) -> Floats:
    theirs, mine = table.pair
    expected = theirs.share * mine.total[:, None]
    apart = (mine.counts - expected) ** 2
    np.divide(apart, expected, out=apart, where=expected > 0)
    statistic: Floats = np.add.reduce(apart, axis=1)
    return statistic


def _gain(table: Sides) -> Floats:
    theirs, mine = table.pair
    expected = theirs.share * mine.total[:, None]
    return np.asarray(2 * special.rel_entr(mine.counts, expected).sum(axis=1))


def _told(table: Sides, statistic: Floats) -> Found:
    """The statistic with its p; one bin alone cannot differ."""
    p = np.where(table.free > 0, special.chdtrc(table.free, statistic), 1.0)
    return Found(table.told(statistic), table.told(p))
