"""The features of a reference as shares of 16 groups, and the ways in which they may move."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

Floats = NDArray[np.float64]

# Of features in order: moves of the middle by that many deviations, and of the width.
_MOVES = (0.25, 0.7)
_WIDTHS = (0.4,)
# What of the weight is for moves of the middle, of the width, and for what is learned on the way.
_WEIGHTS = (0.7, 0.15, 0.15)


class GroupTable(NamedTuple):
    """What a stream is compared with: `shares` (F, G) of the groups of F features.

    `tilts` (F, G, K) are the log-likelihood ratios of K known alternatives to the reference,
    `weights` (F, K + 1) the logarithms of what they weigh, with the one that is learned at the end.
    `scores` (F, G, 2) say how far out a group is, in the middle and in width; of names they are 0.
    `blur` (F) is what the reference's own chance costs, in nats an event.
    """

    names: tuple[str, ...]
    shares: Floats
    tilts: Floats
    weights: Floats
    blur: Floats
    scores: Floats


def tabulate(names: Sequence[str], counts: ArrayLike, ordered: Sequence[bool]) -> GroupTable:
    """The table of a reference: `counts` (F, G) in groups; those of names are not `ordered`.

    >>> table = tabulate(["age"], [[100, 300, 300, 100]], [True])
    >>> table.shares.round(2).tolist()
    [[0.13, 0.37, 0.37, 0.13]]
    """
    seen = np.atleast_2d(np.asarray(counts, dtype=np.float64))
    groups = seen.shape[1]
    rows = seen.sum(axis=1)
    # Jeffreys: a group that the reference has none of is rare, not impossible.
    shares = (seen + 0.5) / (rows + groups / 2)[:, None]
    blur = (groups - 1) / (2 * np.maximum(rows, 1.0))
    middle, width = _scores(shares)
    steps = [(middle, by) for size in _MOVES for by in (size, -size)]
    steps += [(width, by) for size in _WIDTHS for by in (size, -size)]
    known = np.asarray(ordered, dtype=bool)[:, None]
    tilts = np.stack([_tilt(shares, by * score) for score, by in steps], axis=2)
    parts = [2 * len(_MOVES), 2 * len(_WIDTHS), 1]
    weight = np.repeat(np.divide(_WEIGHTS, parts), parts)
    only_learned = np.append(np.zeros(len(steps)), 1.0)
    with np.errstate(divide="ignore"):
        weights = np.log(np.where(known, weight, only_learned))
    tilts = np.where(known[:, :, None], tilts, 0.0)
    scores = np.where(known[:, :, None], np.stack([middle, width], axis=2), 0.0)
    return GroupTable(tuple(names), shares, tilts, weights, blur, scores)


def _scores(shares: Floats) -> tuple[Floats, Floats]:
    """Normal scores of the groups, and their squares: mean 0, variance 1, not correlated."""
    place = norm.ppf(np.cumsum(shares, axis=1) - shares / 2)
    middle = _standard(shares, place)
    square = middle**2
    square -= (shares * square * middle).sum(axis=1, keepdims=True) * middle
    return middle, _standard(shares, square)


def _standard(shares: Floats, score: Floats) -> Floats:
    centred = score - (shares * score).sum(axis=1, keepdims=True)
    spread = np.sqrt((shares * centred**2).sum(axis=1, keepdims=True))
    # Of a constant feature all but a trace is in one group: no order to speak of.
    return np.asarray(np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0.1))


def _tilt(shares: Floats, exponent: Floats) -> Floats:
    within = np.clip(exponent, -5.0, 5.0)
    return np.asarray(within - np.log((shares * np.exp(within)).sum(axis=1, keepdims=True)))
