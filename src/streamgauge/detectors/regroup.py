"""Sixteen groups of equal shares from any fine histogram, so that it can be tested as a feature is.

A metric's cells know nothing of its reference: most of a thousand cells of predicted values are
empty, and all that matters may be in three. What tests want are groups that the reference fills
evenly, as the frozen grids of features have them.
"""

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple, Self

import numpy as np

from streamgauge.contracts.reference import CELLS_OF_GROUP, GROUPS, Counted, Number
from streamgauge.detectors.window_test import Counts, Floats
from streamgauge.detectors.yardstick import Ints, Window, Yardstick

# Names beyond these count as others, as those of features do.
_NAMES = 255


class Regroup(NamedTuple):
    """Which group each cell falls into, and the reference as the field of a feature.

    >>> groups = Regroup.of(np.array([0, 10, 20, 10, 0]), np.arange(5.0))
    >>> groups.group.tolist(), groups.field.cuts
    ([0, 0, 1, 2, 2], [1.5, 2.5])
    >>> groups.gather(np.array([1, 1, 5, 0, 2])).tolist()[:4]
    [2, 5, 2, 0]
    """

    group: Ints
    field: Number
    counted: Counted
    middles: Floats

    @classmethod
    def of(cls, reference: Counts, middles: Floats) -> Self:
        """By the counts (cells,) of the reference; `middles` (cells,) ascend."""
        counts = np.asarray(reference, np.int64)
        used = np.flatnonzero(counts)
        if not len(used):
            return cls(
                np.zeros(len(counts), np.int64),
                _field([], middles[:1], np.ones(1)),
                Counted(),
                np.zeros(GROUPS * CELLS_OF_GROUP),
            )
        climbed = np.cumsum(counts)
        ranks = np.ceil(np.arange(1, GROUPS) / GROUPS * climbed[-1])
        # The last cell of each group but the last one.
        ends = np.unique(np.searchsorted(climbed, ranks))
        ends = ends[ends < used[-1]]
        group = np.searchsorted(ends, np.arange(len(counts)))
        share = np.bincount(group, counts, GROUPS)
        mean = np.bincount(group, counts * middles, GROUPS) / np.maximum(share, 1)
        told = {
            place * CELLS_OF_GROUP: int(share[place]) for place in np.flatnonzero(share).tolist()
        }
        cuts = ((middles[ends] + middles[ends + 1]) / 2).tolist()
        return cls(
            group,
            _field(cuts, middles[used], counts[used]),
            Counted(cells=told),
            np.repeat(mean, CELLS_OF_GROUP),
        )

    def gather(self, counts: Counts) -> Ints:
        """How many values of a window (cells,) each group has."""
        return np.bincount(self.group, counts, GROUPS).astype(np.int64)


def _rank(counts: Mapping[str, int], name: str) -> tuple[int, str]:
    return -counts[name], name


def _field(cuts: list[float], values: Floats, counts: Counts) -> Number:
    mean = float(np.average(values, weights=counts))
    deviation = float(np.sqrt(np.average((values - mean) ** 2, weights=counts)))
    low, high = float(values[0]), float(values[-1])
    return Number(
        cuts=cuts, low=low, high=high, least=low, most=high, mean=mean, deviation=deviation
    )


class Distributions(NamedTuple):
    """A yardstick of metrics instead of features: fine histograms and counts of names."""

    yardstick: Yardstick
    groups: dict[str, Regroup]

    @classmethod
    def of(
        cls,
        cells: Mapping[str, tuple[Counts, Floats]],
        names: Mapping[str, Mapping[str, int]],
    ) -> Self:
        """Of the reference's `cells` with their middles, and its counts of names."""
        groups = {name: Regroup.of(*both) for name, both in sorted(cells.items())}
        ranked = {
            name: sorted(counts, key=partial(_rank, counts))[:_NAMES]
            for name, counts in sorted(names.items())
        }
        counted = {name: group.counted for name, group in groups.items()}
        counted |= {name: Counted(names=dict(names[name])) for name in ranked}
        fields = {name: group.field for name, group in groups.items()}
        middles = {name: group.middles for name, group in groups.items()}
        return cls(Yardstick.made(fields, ranked, counted, middles), groups)

    def window(self, cells: Mapping[str, Counts], names: Mapping[str, Mapping[str, int]]) -> Window:
        """The same metrics in one window; what the reference does not have is left out."""
        grouped = {
            name: group.gather(cells[name]) for name, group in self.groups.items() if name in cells
        }
        return self.yardstick.window(grouped, names)
