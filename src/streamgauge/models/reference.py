"""What the stream of a model should be like, from the rows that it was trained on."""

from collections.abc import Sequence

import numpy as np

from streamgauge.contracts.reference import AnyField, Counted, Reference, freeze
from streamgauge.metrics import frozen_grid
from streamgauge.models.feature import Feature, Matrix


def reference(
    model: str, version: str, features: Sequence[Feature], x: Matrix, *, now: int
) -> Reference:
    """The frozen reference of a version; `x` has shape (rows, features)."""
    schema: dict[str, AnyField] = {}
    counted: dict[str, Counted] = {}
    for place, feature in enumerate(features):
        if feature.kind == "number":
            column = x[:, place].astype(np.float64)
            field = frozen_grid.number(column)
            schema[feature.name] = field
            counted[feature.name] = Counted(
                cells=frozen_grid.count(frozen_grid.plan(field), column)
            )
    return freeze(
        Reference(
            model=model,
            version=version,
            kind="training",
            ts=now,
            rows=len(x),
            schema=schema,
            features=counted,
        )
    )
