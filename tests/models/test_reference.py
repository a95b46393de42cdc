from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.reference import Category, Number, Reference, freeze
from streamgauge.metrics.column import columns
from streamgauge.metrics.prediction import PredictionValue
from streamgauge.models.feature import Feature
from streamgauge.models.reference import Held, reference, restricted

FEATURES = [Feature(name="a", kind="number"), Feature(name="p", kind="category")]
NOBODY = Held([], np.empty(0), None, np.empty(0))


def rows(numbers: list[float]) -> list[dict[str, Any]]:
    return [{"a": number, "p": "xyx"[place % 3]} for place, number in enumerate(numbers)]


def made(numbers: list[float], held: Held = NOBODY, version: str = "1", now: int = 1) -> Reference:
    return reference("m", version, FEATURES, rows(numbers), held, now=now)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200))
def test_every_row_is_counted_once_in_its_group(column: list[float]) -> None:
    found = made(column)

    field = found.schema["a"]
    assert isinstance(field, Number)
    assert sum(found.features["a"].cells.values()) == found.rows == len(column)
    assert field.cuts == sorted(set(field.cuts))
    groups = {cell // 32 for cell in found.features["a"].cells}
    assert groups == set(range(len(field.cuts) + 1))


def test_names_are_counted_beside_numbers() -> None:
    found = made([1.0, 2.0, 3.0])
    assert found.schema["p"] == Category(values=["x", "y"])
    assert found.features["p"].names == {"x": 2, "y": 1}


def test_only_rows_that_were_held_out_say_what_is_predicted_and_how_well() -> None:
    said = np.array([5.0, -7.0])
    found = made([1.0, 2.0, 3.0, 4.0], Held([3, 1], said, np.array([0.9, 0.4]), said + 1))

    events = [Prediction(id="i", ts=1, model="m", version="1", prediction=one) for one in (5, -7)]
    metric = PredictionValue()
    cells = metric.count(columns(events), np.zeros(2, np.int64), 1)[0]
    assert found.rows == 4
    assert found.cells["prediction_value"] == {
        int(cell): int(cells[cell]) for cell in np.flatnonzero(cells)
    }
    assert found.cells["regression"][0] == 2
    assert "label_lag_seconds" not in found.cells


def test_the_hash_covers_the_content_and_not_the_time() -> None:
    column = [float(number) for number in range(10)]

    early, late = (made(column, now=now) for now in (1, 2))

    assert early.hash == late.hash
    assert early.grid == late.grid
    assert early.hash != made([one + 1 for one in column]).hash
    assert early.hash != made(column, version="2").hash
    assert early.grid == made(column, version="2").grid


def test_a_feature_that_may_not_leave_the_service_is_left_out() -> None:
    whole = made([1.0, 2.0])
    assert restricted(whole, ["a", "p", "other"]) is whole

    some = restricted(whole, ["a"])
    assert some.schema.keys() == some.features.keys() == {"a"}
    assert some == freeze(some)
    assert some.grid != whole.grid
