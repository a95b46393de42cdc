"""References that the tests of frozen grids count on."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from streamgauge.contracts.reference import AnyField, Reference, freeze
from streamgauge.metrics import frozen_grid
from streamgauge.metrics.schema import Grids, Schema


def reference(
    schema: dict[str, AnyField], *, version: str = "1", effective: int = 0, **fields: Any
) -> Reference:
    """A reference of the model `price` with nothing but a schema."""
    known: dict[str, Any] = {"model": "price", "kind": "training", "ts": 1, "rows": 1}
    known |= {"features": {}, "version": version, "schema": schema, "effective": effective}
    return freeze(Reference(**(known | fields)))


def schema(**values: Sequence[float]) -> Schema:
    """The schema of features that had these values."""
    return Schema(reference(fields(**values)))


def fields(**values: Sequence[float]) -> dict[str, AnyField]:
    """Fields of features that had these values."""
    return {name: frozen_grid.number(np.array(some, np.float64)) for name, some in values.items()}


def grids(*references: Reference) -> Grids:
    """What is known when these have come."""
    known = Grids()
    for one in references:
        known.add(one)
    return known
