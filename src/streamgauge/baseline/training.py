"""The reference of a version from the rows that it was trained and judged on."""

from collections.abc import Mapping

from streamgauge.baseline.tally import Tally
from streamgauge.contracts.reference import AnyField, Reference, freeze


def reference(
    tally: Tally,
    model: str,
    version: str,
    *,
    now: int,
    schema: Mapping[str, AnyField] | None = None,
    effective: int = 0,
    importances: Mapping[str, float] | None = None,
) -> Reference:
    """The frozen reference of kind `training`, made at `now` (ms).

    A version that has a grid is counted on it for as long as it lives: give its `schema`, and the
    rows are counted on that. `importances` are in any unit, those below 0 count as none.
    """
    fields = tally.schema() if schema is None else dict(schema)
    return freeze(
        Reference(
            model=model,
            version=version,
            kind="training",
            ts=now,
            rows=tally.rows,
            schema=fields,
            effective=effective,
            features=tally.counted(fields),
            cells=tally.cells,
            names=tally.names,
            importances=shares(importances or {}),
        )
    )


def shares(importances: Mapping[str, float]) -> dict[str, float]:
    """What part each feature has in what the model does; none where nothing matters.

    >>> shares({"a": 3.0, "b": 1.0, "c": -0.1})
    {'a': 0.75, 'b': 0.25, 'c': 0.0}
    """
    whole = sum(value for value in importances.values() if value > 0)
    if not whole > 0:
        return {}
    return {name: max(value, 0.0) / whole for name, value in importances.items()}
