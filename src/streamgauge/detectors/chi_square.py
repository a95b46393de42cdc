"""Chi-square and G: whether two windows of counts can be samples of one distribution."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from streamgauge.detectors.window_test import Floats, Found, Side, Sides, WindowTest, order

# Cochran's rule: below this many expected counts the law of chi-square does not hold.
LEAST = 5.0
_LEAST_TAIL = 1e-300


class Table(NamedTuple):
    """Two sides whose bins all expect enough, and those as they were before.

    `extra` (features,) is what `rare` values say: a statistic with one degree of freedom.
    """

    sides: Sides
    before: Sides
    extra: Floats | None = None
    rare: NDArray[np.bool_] | None = None


class ChiSquare(WindowTest, frozen=True, tag="chi_square"):
    """Test of homogeneity; the distance is the statistic, `p` has one degree less than bins.

    Bins where fewer than `least` values are expected, on either side, count as one. If even that
    expects too few, how many values of the window are in it has an exact binomial tail, and counts
    as the square of a normal deviate of the same tail. So names that were never seen before add a
    finite amount: little if there is one, and a lot if they are many. `statistic` is Pearson's, or
    the likelihood ratio G. `known` takes the reference for the truth instead of a sample, as tests
    of fit do.

    >>> ChiSquare().compare(
    ...     np.array([[3000, 6000, 0]]), np.array([[300, 599, 1]])
    ... ).p.round(2).tolist()
    [0.24]
    """

    least: float = LEAST
    statistic: Literal["pearson", "g"] = "pearson"
    known: bool = False

    def measure(self, sides: Sides) -> Found:
        table = pool(sides, self.least, known=self.known)
        if self.known:
            fit = _fit(table.sides) if self.statistic == "pearson" else _gain(table.sides)
            return _told(table, fit)
        return pearson(table) if self.statistic == "pearson" else likelihood(table)


def pool(sides: Sides, least: float = LEAST, *, known: bool = False) -> Table:
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
        return Table(sides, sides)
    reference, current = _merge(theirs.counts, few), _merge(mine.counts, few)
    together = reference[:, -1] if known else reference[:, -1] + current[:, -1]
    rare = few.any(axis=1) & (together < limit)
    if not rare.any():
        return Table(Sides(Side(reference), Side(current)), sides)
    tail = _tail(current[:, -1], reference[:, -1], mine.weight / (mine.weight + theirs.weight))
    for merged in (reference, current):
        merged[rare, -1] = 0.0
    extra = np.where(rare, special.chdtri(1, np.maximum(tail, _LEAST_TAIL)), 0.0)
    return Table(Sides(Side(reference), Side(current)), sides, extra, rare)


def _tail(mine: Floats, theirs: Floats, share: Floats) -> Floats:
    """The chance that of all values in a bin at least as many are of the window as they are."""
    return np.where(mine > 0, special.betainc(np.maximum(mine, 1), theirs + 1, share), 1.0)


def _merge(counts: Floats, few: NDArray[np.bool_]) -> Floats:
    together = np.where(few, counts, 0.0).sum(axis=1)
    return np.concatenate([np.where(few, 0.0, counts), together[:, None]], axis=1)


def pearson(table: Table) -> Found:
    """Pearson's test of two samples."""
    theirs, mine = table.sides.pair
    gap = table.sides.gap
    inner = np.vecdot(gap / np.maximum(table.sides.both, 1.0), gap)
    return _told(table, inner * mine.weight * theirs.weight)


def likelihood(table: Table) -> Found:
    """G: twice the gain in log-likelihood of two distributions over one."""
    theirs, mine = table.sides.pair
    whole = theirs.weight + mine.weight
    inner = mine.order + theirs.order - order(table.sides.both)
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


def _told(table: Table, statistic: Floats) -> Found:
    """The statistic with its p; one bin alone cannot differ."""
    free = table.sides.free
    if table.sides.full and table.extra is None and len(table.sides.both.T) > 1:
        return Found(
            table.before.told(statistic), table.before.told(special.chdtrc(free, statistic))
        )
    if table.extra is not None and table.rare is not None:
        # Where all values are rare, nothing else is left to test.
        left = table.sides.known
        statistic = np.where(left, statistic, 0.0) + table.extra
        free = np.where(left, free, 0.0) + table.rare
    p = np.where(free > 0, special.chdtrc(free, statistic), 1.0)
    return Found(table.before.told(statistic), table.before.told(p))
