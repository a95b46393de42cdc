"""The grid of one feature, frozen when its reference was made: sixteen quantile groups of cells.

Each group holds a sixteenth of the reference and is cut into 32 cells of equal width. So windows
that keep only groups (`grid.coarse` adds 32 neighbours up) have the bins that drift tests want, and
those that keep all cells know the distribution closely enough for Kolmogorov and Smirnov, whatever
the feature's unit and scale are.
"""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from streamgauge.contracts.reference import CELLS_OF_GROUP, GROUPS, Category, Number
from streamgauge.metrics.column import Floats, Ints

CELLS = GROUPS * CELLS_OF_GROUP
# Of the reference, this share lies beyond each end of the cells.
_BEYOND = 0.0005
# Names beyond these count as others.
NAMES = 255
# Differences times this stay finite.
_STEEPEST = 1e150


class Plan(NamedTuple):
    """A grid as numbers that a loop in C can use as well.

    A value belongs to the first group whose cut (15 of them, padded with infinity) is not below it,
    and there to cell (value - start) * scale, cut down to 0 ... 31; both have 16 entries.
    """

    cuts: Floats
    start: Floats
    scale: Floats


def number(values: Floats, nulls: float = 0.0) -> Number:
    """The field of a feature of numbers; `values` are those of the reference, all finite.

    >>> number(np.array([1.0, 1.0, 2.0])).cuts
    [1.0]
    """
    if not len(values):
        return Number(
            cuts=[], low=0.0, high=0.0, least=0.0, most=0.0, mean=0.0, deviation=0.0, nulls=nulls
        )
    least, most = float(values.min()), float(values.max())
    cuts = np.unique(np.quantile(values, np.arange(1, GROUPS) / GROUPS, method="inverted_cdf"))
    low, high = np.quantile(values, [_BEYOND, 1 - _BEYOND], method="inverted_cdf")
    # Sums of huge numbers must not become infinite: JSON has no infinity.
    unit = max(abs(least), abs(most)) or 1.0
    small = values / unit
    return Number(
        cuts=cuts[cuts < most].tolist(),
        low=float(low),
        high=float(high),
        least=least,
        most=most,
        mean=float(small.mean()) * unit,
        deviation=min(float(small.std()) * unit, float(np.finfo(np.float64).max)),
        whole=bool((values == np.floor(values)).all()),
        nulls=nulls,
    )


def category(values: Sequence[str], nulls: float = 0.0) -> Category:
    """The field of a feature of names, as many as are told apart, the most frequent first.

    >>> category(["b", "a", "b"]).values
    ['b', 'a']
    """
    counts = Counter(values)
    ranked = sorted(counts, key=lambda name: (-counts[name], name))
    return Category(values=ranked[:NAMES], nulls=nulls)


def plan(field: Number) -> Plan:
    """The grid of a field, ready to count on."""
    cuts = np.full(GROUPS - 1, np.inf)
    cuts[: len(field.cuts)] = field.cuts
    edges = [min([field.low, *field.cuts]), *field.cuts, max([field.high, *field.cuts])]
    start, scale = np.zeros(GROUPS), np.zeros(GROUPS)
    for group, (begin, end) in enumerate(pairwise(edges)):
        start[group] = begin
        if 0 < end - begin < math.inf:
            scale[group] = CELLS_OF_GROUP / (end - begin)
    return Plan(cuts, start, np.minimum(scale, _STEEPEST))


def cell(grid: Plan, values: Floats) -> Ints:
    """The cell of each finite value.

    >>> grid = plan(number(np.arange(1.0, 1_601.0)))
    >>> cell(grid, np.array([-1e300, 1.0, 100.0, 101.0, 1e300])).tolist()
    [0, 0, 31, 32, 511]
    """
    group = np.searchsorted(grid.cuts, values, side="left")
    with np.errstate(over="ignore", invalid="ignore"):
        within = (values - grid.start[group]) * grid.scale[group]
    inside = np.clip(np.nan_to_num(within), 0, CELLS_OF_GROUP - 1).astype(np.int64)
    return np.asarray(group * CELLS_OF_GROUP + inside)


def middles(grid: Plan) -> Floats:
    """The value in the middle of each cell, shape (512,); all of a group without width are one."""
    step = np.arange(CELLS_OF_GROUP) + 0.5
    scale = grid.scale[:, None]
    offset = np.divide(step, scale, out=np.zeros((GROUPS, CELLS_OF_GROUP)), where=scale > 0)
    return np.asarray((grid.start[:, None] + offset).reshape(-1))


def count(grid: Plan, values: Floats) -> dict[int, int]:
    """How many of the finite values fall into each cell that is not empty."""
    cells, counts = np.unique(cell(grid, values), return_counts=True)
    return dict(zip(cells.tolist(), counts.tolist(), strict=True))
