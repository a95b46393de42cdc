"""How far two windows of counts lie apart, for many features at once.

The counts of a window are whole numbers of shape (features, bins). What several tests need, such as
shares, sums up to a bin and logarithms of ratios, is made once: by `Side` for one window, so that a
frozen reference has it ready, and by `Sides` for a pair.
"""

from functools import cached_property
from typing import NamedTuple, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from streamgauge.contracts.reference import CELLS_OF_GROUP

Floats = NDArray[np.float64]
# Whole numbers of any type, or numbers that are whole.
Counts = NDArray[np.integer] | Floats


class Found(NamedTuple):
    """What a test says of each feature, shape (features,).

    Larger distances are farther apart. `p` is the chance of such a distance where both windows are
    of one distribution. What cannot be told is NaN: a window without values, a test without p.
    """

    distance: Floats
    p: Floats


class Side:
    """One window: counts of shape (features, bins), and `cells` if it was counted finer."""

    def __init__(self, counts: Counts, cells: "Side | None" = None) -> None:
        self.counts: Floats = np.asarray(counts, np.float64)
        self.total: Floats = np.add.reduce(self.counts, axis=1)
        self.empty = not self.total.all()
        # At least one, to divide by.
        self.weight: Floats = np.maximum(self.total, 1.0) if self.empty else self.total
        self.cells = cells
        self._given = counts

    @classmethod
    def of_cells(cls, counts: Counts) -> Self:
        """Groups of 32 cells each, and the cells, from counts of shape (features, cells).

        >>> side = Side.of_cells(np.ones((1, 512)))
        >>> side.counts[0, :3].tolist(), side.cells.counts.shape
        ([32.0, 32.0, 32.0], (1, 512))
        """
        cells = Side(counts)
        groups = cells.climbed[:, CELLS_OF_GROUP - 1 :: CELLS_OF_GROUP].copy()
        groups[:, 1:] -= groups[:, :-1].copy()
        return cls(groups, cells)

    @cached_property
    def share(self) -> Floats:
        """The share of the values in each bin; zero where there are no values."""
        return np.asarray(self.counts / self.weight[:, None])

    @cached_property
    def climbed(self) -> Floats:
        """How many values there are up to the end of each bin."""
        # As whole numbers: that takes a sixth of the time.
        whole = np.asarray(self._given, np.int64)
        return np.asarray(np.add.accumulate(whole, axis=1), np.float64)

    @cached_property
    def cumulative(self) -> Floats:
        """The share of the values up to the end of each bin."""
        return np.asarray(self.climbed / self.weight[:, None])

    @cached_property
    def order(self) -> Floats:
        """The sum of c ln c over the counts of each feature, shape (features,)."""
        return order(self.counts)


def order(counts: Floats) -> Floats:
    """The sum of c ln c over the counts (features, bins) of each feature."""
    return np.asarray(np.vecdot(counts, np.log(np.maximum(counts, 1.0))))


class Ruler(NamedTuple):
    """What the cells stand for: the way from each to the next, (features, cells); the last is 0.

    `spread` (features,) is the standard deviation of the reference.
    """

    steps: Floats
    spread: Floats

    @classmethod
    def of(cls, reference: Side, middles: Floats) -> Self:
        """The ruler of a reference on cells, whose `middles` (features, cells) ascend.

        >>> Ruler.of(Side(np.array([[1, 1]])), np.array([[1.0, 3.0]])).spread.tolist()
        [1.0]
        """
        # A sum of huge numbers must not become infinite.
        unit = np.maximum(np.abs(middles).max(axis=1, initial=0.0), np.finfo(np.float64).tiny)
        small = middles / unit[:, None]
        mean = np.vecdot(reference.share, small)
        squares = np.vecdot(reference.share, (small - mean[:, None]) ** 2)
        steps = np.zeros_like(small)
        steps[:, :-1] = np.maximum(np.diff(small), 0.0) * unit[:, None]
        return cls(steps, np.sqrt(squares) * unit)


class Smooth(NamedTuple):
    """Shares that are not zero where a bin is used, and ln(current / reference) of each."""

    reference: Floats
    current: Floats
    log_ratio: Floats


class Sides:
    """A reference and a current window of the same features on the same bins.

    A bin is used if anything is in it on either side. With a `ruler` it is known what cells mean.
    """

    def __init__(self, reference: Side, current: Side, ruler: Ruler | None = None) -> None:
        self.reference = reference
        self.current = current
        self.pair = (reference, current)
        self.ruler = ruler
        self.both: Floats = reference.counts + current.counts
        self.used: NDArray[np.bool_] = self.both > 0
        self.full = bool(self.used.all())
        rows, bins = self.both.shape
        self.bins: Floats = (
            np.full(rows, float(bins))
            if self.full
            else np.add.reduce(self.used, axis=1, dtype=np.float64)
        )
        # 1/n + 1/M: what sampling adds to a squared difference of shares, per share.
        self.noise: Floats = 1 / current.weight + 1 / reference.weight
        # Bins that are free to differ.
        self.free: Floats = np.maximum(self.bins - 1, 0.0)
        self.gap: Floats = current.share - reference.share
        self._smooth: tuple[float, Smooth] | None = None

    @property
    def known(self) -> NDArray[np.bool_]:
        """Whether a feature has values on both sides."""
        return np.asarray(np.minimum(self.reference.total, self.current.total) > 0)

    def told(self, numbers: Floats) -> Floats:
        """The same numbers, NaN where a window has no values."""
        if self.reference.empty or self.current.empty:
            return np.where(self.known, numbers, np.nan)
        return numbers

    @cached_property
    def climb(self) -> Floats:
        """How far the cumulative shares lie apart at the end of each of the finest bins."""
        theirs, mine = self.reference.cells, self.current.cells
        if theirs is None or mine is None:
            return np.asarray(np.abs(np.add.accumulate(self.gap, axis=1)))
        apart = mine.cumulative - theirs.cumulative
        return np.asarray(np.abs(apart, out=apart))

    @cached_property
    def no_p(self) -> Floats:
        """The p-values of a test that has none."""
        return np.full(len(self.bins), np.nan)

    def smooth(self, prior: float) -> Smooth:
        """Shares after `prior` was added to each used bin; kept for the next test that asks."""
        if self._smooth is None or self._smooth[0] != prior:
            self._smooth = prior, self._smoothed(prior)
        return self._smooth[1]

    def _smoothed(self, prior: float) -> Smooth:
        # Where nothing is on either side, both shares remain zero.
        added = np.float64(prior) if self.full else self.used * np.float64(prior)
        more = prior * self.bins
        theirs = self.reference.counts + added
        theirs /= (self.reference.weight + more)[:, None]
        mine = self.current.counts + added
        mine /= (self.current.weight + more)[:, None]
        if self.full and prior > 0:
            return Smooth(theirs, mine, np.log(mine / theirs))
        with np.errstate(divide="ignore"):
            ratio = np.divide(mine, theirs, out=np.ones_like(mine), where=self.used)
            return Smooth(theirs, mine, np.log(ratio, out=ratio))


class WindowTest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Parameters of a test of two windows against one another."""

    def measure(self, sides: Sides) -> Found:
        """How far apart both sides are, feature by feature."""
        raise TypeError(f"{type(self).__name__} is not a test")

    def compare(self, reference: Counts, current: Counts, middles: Floats | None = None) -> Found:
        """The same of plain counts (features, bins); with `middles` the bins are cells."""
        theirs, mine = Side(reference), Side(current)
        ruler = None if middles is None else Ruler.of(theirs, middles)
        return self.measure(Sides(theirs, mine, ruler))
