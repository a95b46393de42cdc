"""A table of features as counts on the frozen grid of its reference, window by window."""

from typing import NamedTuple

import numpy as np

from streamgauge.bench.detector.stream import Stream
from streamgauge.contracts.reference import (
    CELLS_OF_GROUP,
    GROUPS,
    Counted,
    Number,
    Reference,
    freeze,
)
from streamgauge.metrics import frozen_grid
from streamgauge.metrics.column import Floats, Ints

# Events of one window of a table.
TABLE_WINDOW = 100


class Tabled(NamedTuple):
    """The reference and its grids; `groups` (windows, features, 16) and where each window ends."""

    reference: Reference
    plans: list[frozen_grid.Plan]
    groups: Ints
    ends: Ints

    @property
    def names(self) -> list[str]:
        """The features in the order of the columns."""
        return list(self.reference.schema)

    @property
    def before(self) -> Ints:
        """The groups of the reference, shape (features, 16)."""
        rows = np.zeros((len(self.plans), frozen_grid.CELLS), np.int64)
        for row, counted in zip(rows, self.reference.features.values(), strict=True):
            row[list(counted.cells)] = list(counted.cells.values())
        return np.asarray(rows.reshape(len(rows), GROUPS, CELLS_OF_GROUP).sum(axis=2))


def tabled(stream: Stream, size: int = TABLE_WINDOW) -> Tabled:
    """Count a stream of rows in windows of `size` events; features are named f00, f01 ..."""
    fields = {f"f{at:02}": frozen_grid.number(one) for at, one in enumerate(stream.reference.T)}
    plans = list(map(frozen_grid.plan, fields.values()))
    windows = -(-len(stream.values) // size)
    ends = np.minimum(np.arange(1, windows + 1) * size, len(stream.values))
    return Tabled(
        _reference(fields, plans, stream.reference),
        plans,
        _groups(plans, stream.values, windows, size),
        ends,
    )


def _groups(plans: list[frozen_grid.Plan], values: Floats, windows: int, size: int) -> Ints:
    row = np.arange(len(values)) // size * GROUPS
    counts = [
        np.bincount(
            row + frozen_grid.cell(plan, column) // CELLS_OF_GROUP, minlength=windows * GROUPS
        )
        for plan, column in zip(plans, values.T, strict=True)
    ]
    return np.asarray(np.stack(counts, axis=1).reshape(windows, GROUPS, -1).transpose(0, 2, 1))


def _reference(
    fields: dict[str, Number], plans: list[frozen_grid.Plan], before: Floats
) -> Reference:
    counted = {
        name: Counted(cells=frozen_grid.count(plan, column))
        for name, plan, column in zip(fields, plans, before.T, strict=True)
    }
    return freeze(
        Reference(
            model="bench",
            version="1",
            kind="training",
            ts=0,
            rows=len(before),
            schema=dict(fields),
            features=counted,
        )
    )
