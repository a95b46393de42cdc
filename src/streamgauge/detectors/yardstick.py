"""A reference made ready to hold windows against: made once, used for as long as it is in force."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from streamgauge.contracts.reference import (
    CELLS_OF_GROUP,
    GROUPS,
    Category,
    Counted,
    Number,
    Reference,
)
from streamgauge.detectors.window_test import Counts, Floats, Ruler, Side, Sides

Ints = NDArray[np.int64]
CELLS = GROUPS * CELLS_OF_GROUP
# Where counts have names that had no room of their own.
REST = "__other__"


class Window(NamedTuple):
    """One window: `cells` of the numbers (numbers, 16 or 512) and `names` (categories, bins).

    Rows and bins are those of its yardstick. Windows of the same widths add up bin by bin.
    """

    cells: Ints
    names: Ints


class Yardstick(NamedTuple):
    """Features of numbers and of names, each in an order of its own, and the counts of both.

    The last two bins of names are the others and those never seen; before them come those that
    `known` has, by rank. `means` (numbers, 16) are what the values of a group are on average.
    """

    fields: dict[str, Number]
    known: dict[str, dict[str, int]]
    cells: Side
    names: Side
    ruler: Ruler
    means: Floats

    @classmethod
    def of(cls, reference: Reference, middles: Mapping[str, Floats]) -> Self:
        """The features of a reference; `middles` (512,) are what the cells of each number mean."""
        schema, counted = sorted(reference.schema.items()), reference.features
        return cls.made(
            {name: field for name, field in schema if isinstance(field, Number)},
            {name: field.values for name, field in schema if isinstance(field, Category)},
            {name: counted.get(name, Counted()) for name, _ in schema},
            middles,
        )

    @classmethod
    def made(
        cls,
        fields: Mapping[str, Number],
        names: Mapping[str, Sequence[str]],
        counted: Mapping[str, Counted],
        middles: Mapping[str, Floats],
    ) -> Self:
        """The same of fields, known names and counts from anywhere."""
        cells = np.zeros((len(fields), CELLS), np.int64)
        for row, name in enumerate(fields):
            for cell, count in counted[name].cells.items():
                cells[row, cell] = count
        side = Side.of_cells(cells)
        fine = side.cells or side
        middle = np.array([middles[name] for name in fields]).reshape(-1, CELLS)
        known = {name: {value: bin_ for bin_, value in enumerate(names[name])} for name in names}
        width = max(map(len, known.values()), default=0) + 2
        table = np.zeros((len(known), width), np.int64)
        for row, (name, bins) in enumerate(known.items()):
            for value, count in counted[name].names.items():
                # What a reference has, it has seen.
                table[row, bins.get(value, width - 2)] += count
        ruler = Ruler.of(fine, middle)
        return cls(dict(fields), known, side, Side(table), ruler, _means(fine, middle))

    @property
    def features(self) -> tuple[str, ...]:
        """All features, in the order of all results: those of numbers, then those of names."""
        return (*self.fields, *self.known)

    def window(self, cells: Mapping[str, Counts], names: Mapping[str, Mapping[str, int]]) -> Window:
        """A window from counts by feature: 16 groups or 512 cells of each number, and names.

        What is absent has no values. A name that the reference does not have was never seen; where
        the reference had more names than it lists, it is one of the others.
        """
        width = min((len(counts) for counts in cells.values()), default=GROUPS)
        rows = np.zeros((len(self.fields), width), np.int64)
        for row, name in enumerate(self.fields):
            if name in cells:
                counts = np.asarray(cells[name])
                rows[row] = counts.reshape(width, -1).sum(axis=1)
        table = np.zeros(self.names.counts.shape, np.int64)
        others = self.names.counts[:, -2] > 0
        for row, (name, bins) in enumerate(self.known.items()):
            strange = -2 if others[row] else -1
            for value, count in names.get(name, {}).items():
                table[row, bins.get(value, -2 if value == REST else strange)] += count
        return Window(rows, table)

    def rebased(self, window: Window) -> Self:
        """The same features and bins with the counts of a window, on groups, as what should be."""
        return self._replace(cells=Side(window.cells), names=Side(window.names))

    def sides(self, window: Window) -> tuple[Sides, Sides]:
        """Reference and window next to each other: of the numbers, and of the names."""
        names = Sides(self.names, Side(window.names))
        if window.cells.shape[1] == CELLS and self.cells.cells is None:
            window = window._replace(cells=Side.of_cells(window.cells).counts.astype(np.int64))
        if window.cells.shape[1] == CELLS:
            return Sides(self.cells, Side.of_cells(window.cells), self.ruler), names
        return Sides(self.cells, Side(window.cells)), names


def _means(cells: Side, middles: Floats) -> Floats:
    counts = cells.counts.reshape(len(middles), GROUPS, CELLS_OF_GROUP)
    values = middles.reshape(counts.shape)
    weight = counts.sum(axis=2)
    # Where the reference has nothing, the middle of the group is as good as any.
    with np.errstate(over="ignore", invalid="ignore"):
        summed = np.vecdot(counts / np.maximum(weight, 1.0)[:, :, None], values)
        return np.asarray(np.where(weight > 0, summed, values.mean(axis=2)))
