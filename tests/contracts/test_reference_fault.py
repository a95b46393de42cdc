from typing import Any

import msgspec
import pytest

from streamgauge.contracts.reference import Category, Counted, Number, Reference
from streamgauge.contracts.reference_fault import fault

NUMBER = Number(cuts=[1.0, 2.0], low=0.0, high=3.0, least=0.0, most=3.0, mean=1.0, deviation=1.0)
GOOD = Reference(
    model="m",
    version="1",
    kind="live",
    ts=1,
    rows=10,
    schema={"a": NUMBER, "c": Category(values=["x"])},
    features={"a": Counted(cells={0: 5, 511: 5})},
    # The sum of a distribution may be below zero.
    cells={"prediction_value": {0: -(2**60), 3: 10}},
    names={"language": {"en": 3}},
)


def test_what_can_be_has_no_fault() -> None:
    assert fault(GOOD) is None


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"model": ""}, "model"),
        ({"rows": -1}, "rows"),
        ({"rows": 2**60}, "rows"),
        ({"schema": {str(one): NUMBER for one in range(300)}}, "schema"),
        ({"features": {"strange": Counted()}}, "features.strange"),
        ({"features": {"a": Counted(cells={512: 1})}}, "features.a.cells"),
        ({"features": {"a": Counted(cells={0: -1})}}, "features.a"),
        ({"features": {"a": Counted(nulls=-1)}}, "features.a"),
        ({"cells": {"x": {-1: 1}}}, "cells.x"),
        ({"cells": {"x": {10**9: 1}}}, "cells.x"),
        ({"names": {"x": {"y": -1}}}, "names.x"),
    ],
)
def test_what_cannot_be_is_named(changes: dict[str, Any], place: str) -> None:
    told = fault(msgspec.structs.replace(GOOD, **changes))
    assert told is not None
    assert told.startswith(place)


@pytest.mark.parametrize(
    ("field", "place"),
    [
        ({"cuts": [2.0, 1.0]}, "cuts"),
        ({"cuts": [1.0, 1.0]}, "cuts"),
        ({"cuts": [float(one) for one in range(16)]}, "cuts"),
        ({"low": 5.0}, "low"),
        ({"least": 5.0}, "low"),
        ({"deviation": -1.0}, "deviation"),
        ({"nulls": 1.5}, "nulls"),
    ],
)
def test_a_field_that_cannot_be_is_named(field: dict[str, Any], place: str) -> None:
    schema = GOOD.schema | {"a": msgspec.structs.replace(NUMBER, **field)}
    told = fault(msgspec.structs.replace(GOOD, schema=schema))
    assert told is not None
    assert told.startswith(f"schema.a.{place}")


def test_names_that_come_twice_are_none() -> None:
    schema = GOOD.schema | {"c": Category(values=["x", "x"])}
    assert fault(msgspec.structs.replace(GOOD, schema=schema)) == (
        "schema.c.values: expected at most 255 different names"
    )
