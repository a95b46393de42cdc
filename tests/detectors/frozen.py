"""References and windows of features, made of values as the stages make them."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from streamgauge.contracts.reference import AnyField, Counted, Number, Reference, freeze
from streamgauge.detectors.yardstick import Window, Yardstick
from streamgauge.metrics import frozen_grid

Floats = NDArray[np.float64]
Names = Sequence[str]
Rows = Mapping[str, Floats | Names]


def reference(rows: Rows) -> Reference:
    """Of features that are arrays of numbers or lists of names."""
    schema: dict[str, AnyField] = {}
    counted: dict[str, Counted] = {}
    for name, values in rows.items():
        if isinstance(values, np.ndarray):
            field = schema[name] = frozen_grid.number(values)
            counted[name] = Counted(cells=frozen_grid.count(frozen_grid.plan(field), values))
        else:
            schema[name] = frozen_grid.category(values)
            counted[name] = Counted(names=tally(values))
    size = max((len(values) for values in rows.values()), default=0)
    return freeze(
        Reference(
            model="fraud",
            version="1",
            kind="training",
            ts=0,
            rows=size,
            schema=schema,
            features=counted,
        )
    )


def tally(values: Names) -> dict[str, int]:
    names, counts = np.unique(np.array(values, str), return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))


def yardstick(made: Reference) -> Yardstick:
    return Yardstick.of(made, middles(made))


def middles(made: Reference) -> dict[str, Floats]:
    return {
        name: frozen_grid.middles(frozen_grid.plan(field))
        for name, field in made.schema.items()
        if isinstance(field, Number)
    }


def window(made: Reference, held: Yardstick, rows: Rows, *, fine: bool = False) -> Window:
    """What a stage hands over: numbers by cell, or by group in the narrowest windows."""
    cells: dict[str, NDArray[np.int64]] = {}
    names: dict[str, dict[str, int]] = {}
    for name, values in rows.items():
        field = made.schema[name]
        if isinstance(values, np.ndarray) and isinstance(field, Number):
            known = values[np.isfinite(values)]
            cell = frozen_grid.cell(frozen_grid.plan(field), known)
            counts = np.bincount(cell, minlength=frozen_grid.CELLS)
            cells[name] = counts if fine else counts.reshape(16, 32).sum(axis=1)
        elif not isinstance(values, np.ndarray):
            names[name] = tally(values)
    return held.window(cells, names)
