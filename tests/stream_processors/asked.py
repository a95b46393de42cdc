"""A model that is asked about three numbers and a name, and a reference of it."""

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
from tests.metrics.event import MINUTE, prediction

from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.reference import AnyField, Category, Counted, Number, Reference, freeze
from streamgauge.metrics import frozen_grid

SEED = 20261121
ROWS = 10_000
Row = dict[str, float | str | None]


def row(random: Random) -> Row:
    """What a usual question looks like."""
    return {
        "age": random.gauss(40.0, 10.0),
        "income": random.lognormvariate(0.0, 1.0),
        "visits": float(random.randrange(6)),
        "plan": random.choice(("free", "free", "gold")),
    }


def reference(version: str = "1", **more: Any) -> Reference:
    """The reference of as many usual questions."""
    random = Random(SEED)
    rows = [row(random) for _ in range(ROWS)]
    schema: dict[str, AnyField] = {}
    features: dict[str, Counted] = {}
    for name in rows[0]:
        values = [one[name] for one in rows]
        if name == "plan":
            names = [str(value) for value in values]
            schema[name] = frozen_grid.category(names)
            features[name] = Counted(names={one: names.count(one) for one in sorted(set(names))})
            continue
        numbers = np.array(values, np.float64)
        schema[name] = field = frozen_grid.number(numbers)
        features[name] = Counted(cells=frozen_grid.count(frozen_grid.plan(field), numbers))
    assert isinstance(schema["age"], Number)
    assert isinstance(schema["plan"], Category)
    known: dict[str, Any] = {"model": "price", "kind": "training", "ts": 1, "rows": ROWS}
    return freeze(
        Reference(**known | {"version": version, "schema": schema, "features": features} | more)
    )


def minutes(
    count: int, change: Callable[[Random, Row], Row] | None = None, since: int = 0, size: int = 200
) -> list[list[Prediction]]:
    """So many windows of questions, changed from one on."""
    random = Random(SEED + 1)
    made = []
    for minute in range(count):
        batch = []
        for at in range(minute * MINUTE, minute * MINUTE + size):
            asked = row(random)
            if change is not None and minute >= since:
                asked = change(random, asked)
            batch.append(prediction(at, at=at, features=asked))
        made.append(batch)
    return made
