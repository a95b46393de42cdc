"""References and windows that the tests of the detectors make of columns."""

from collections.abc import Mapping, Sequence

import numpy as np

from streamgauge.contracts.reference import AnyField, Counted, Reference, freeze
from streamgauge.contracts.summary import Sample
from streamgauge.detectors.schema_check import FeatureCount
from streamgauge.metrics import frozen_grid

Value = float | str | None
Columns = Mapping[str, Sequence[Value]]


def reference(columns: Columns, patterns: Mapping[str, str] = {}) -> Reference:
    """The reference of rows: a column with a text in it is one of names."""
    schema: dict[str, AnyField] = {}
    features = {}
    rows = max((len(column) for column in columns.values()), default=0)
    for name, column in columns.items():
        nulls = sum(value is None for value in column)
        names = [value for value in column if isinstance(value, str)]
        numbers = np.array([value for value in column if isinstance(value, float)])
        if names:
            made = frozen_grid.category(names, nulls / rows)
            schema[name] = type(made)(
                values=made.values, nulls=made.nulls, pattern=patterns.get(name)
            )
            counts = {one: names.count(one) for one in set(names)}
            features[name] = Counted(names=counts, nulls=nulls)
        else:
            field = schema[name] = frozen_grid.number(numbers, nulls / rows)
            cells = frozen_grid.count(frozen_grid.plan(field), numbers)
            features[name] = Counted(cells=cells, nulls=nulls)
    return freeze(
        Reference(
            model="m",
            version="1",
            kind="training",
            ts=1,
            rows=rows,
            schema=schema,
            features=features,
        )
    )


def counted(column: Sequence[Value], least: float = -np.inf, most: float = np.inf) -> FeatureCount:
    """A feature as a window counts it."""
    numbers = [value for value in column if isinstance(value, float)]
    names = [value for value in column if isinstance(value, str)]
    return FeatureCount(
        known=len(numbers),
        null=sum(value is None for value in column),
        text=len(names),
        out=sum(not least <= value <= most for value in numbers),
        names={one: names.count(one) for one in set(names)},
    )


def sample(columns: Columns, size: int = 200) -> Sample:
    """The first rows as a sample."""
    features = {name: list(column[:size]) for name, column in columns.items()}
    rows = max((len(column) for column in features.values()), default=0)
    return Sample(
        ts=list(range(rows)),
        id=[f"p{place}" for place in range(rows)],
        features=features,
        seen=[1] * rows,
    )
