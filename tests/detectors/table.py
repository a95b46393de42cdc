"""Counts that the tests of the window tests compare."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def row(*counts: int) -> Ints:
    """One feature."""
    return np.array([counts], np.int64)


def whole(shares: Floats) -> Ints:
    """Shares as counts of a window that is so large that it has them exactly."""
    return np.rint(np.atleast_2d(shares) * 1e12).astype(np.int64)


def equal_bins(left: Floats, right: Floats, bins: int = 10) -> tuple[Ints, Ints]:
    """Bins of one width from the least to the greatest value of both, as frouros takes them."""
    edges = np.histogram_bin_edges(np.concatenate([left, right]), bins)
    return np.histogram(left, edges)[0][None], np.histogram(right, edges)[0][None]


def values(left: Floats, right: Floats) -> tuple[Ints, Ints, Floats]:
    """A cell for each value that occurs, so that nothing is lost; and these values."""
    known, cell = np.unique(np.concatenate([left, right]), return_inverse=True)
    both = [np.bincount(cells, minlength=len(known))[None] for cells in np.split(cell, [len(left)])]
    return both[0], both[1], known[None]


def normals(seed: int, *draws: tuple[float, float, int]) -> list[Floats]:
    """Numpy's legacy normal deviates, one draw after the other: published cases have them."""
    random = np.random.RandomState(seed)
    return [random.normal(mean, deviation, size) for mean, deviation, size in draws]


def uniform(seed: int, *, features: int, bins: int, sizes: tuple[int, int]) -> tuple[Ints, Ints]:
    """Two windows of one distribution in which all bins are equally likely."""
    random = np.random.default_rng(seed)
    both = [random.multinomial(size, np.full(bins, 1 / bins), features) for size in sizes]
    return both[0].astype(np.int64), both[1].astype(np.int64)
