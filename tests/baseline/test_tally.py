from collections.abc import Sequence

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.baseline import training
from streamgauge.baseline.tally import Tally, known_names
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.reference import Category, Number, Reference
from streamgauge.metrics import frozen_grid

Cell = float | str | None
CELL = st.one_of(st.none(), st.floats(allow_nan=True), st.sampled_from(["a", "b", "c"]))


def event(place: int, *, prediction: Cell = None, **features: Cell) -> Prediction:
    return Prediction(
        id=str(place), ts=1, model="m", version="1", features=features, prediction=prediction
    )


def made(rows: Sequence[Sequence[Prediction]]) -> Reference:
    tally = Tally()
    for batch in rows:
        tally.add(batch, [None] * len(batch))
    return training.reference(tally, "m", "1", now=1)


@given(st.lists(st.tuples(CELL, CELL), max_size=60), st.integers(0, 60))
def test_the_cut_into_batches_changes_nothing(rows: list[tuple[Cell, Cell]], cut: int) -> None:
    events = [event(place, a=a, b=b, prediction=b) for place, (a, b) in enumerate(rows)]
    whole = made([events])
    assert made([events[:cut], events[cut:]]).hash == whole.hash


@given(st.lists(CELL, min_size=1, max_size=60))
def test_every_value_is_counted_once_as_what_its_feature_is(values: list[Cell]) -> None:
    found = made([[event(place, a=value) for place, value in enumerate(values)]])

    counted, field = found.features["a"], found.schema["a"]
    texts = sum(isinstance(value, str) for value in values)
    numbers = sum(isinstance(value, float) and bool(np.isfinite(value)) for value in values)
    assert isinstance(field, Number if numbers >= texts else Category)
    assert counted.nulls == len(values) - texts - numbers
    assert sum(counted.cells.values()) == (numbers if isinstance(field, Number) else 0)
    assert sum(counted.names.values()) == (texts if isinstance(field, Category) else 0)


def test_a_feature_that_only_some_rows_carry_is_null_in_the_others() -> None:
    found = made([[event(1, a=1.0), event(2, a=2.0, b="x"), event(3)]])
    assert found.features["a"].nulls == 1
    assert found.features["b"].nulls == 2
    assert found.schema["b"].nulls == 2 / 3


def test_nothing_at_all_is_a_reference_of_nothing() -> None:
    found = made([[]])
    assert (found.rows, found.schema, found.cells, found.names) == (0, {}, {}, {})


def test_a_version_that_has_a_grid_is_counted_on_it() -> None:
    first, second = Tally(), Tally()
    first.add([event(place, a=float(place), p="x") for place in range(100)], [None] * 100)
    frozen = training.reference(first, "m", "1", now=1)
    second.add([event(place, a=1e9, p="strange", b=1.0) for place in range(10)], [None] * 10)

    found = training.reference(second, "m", "1", now=2, schema=frozen.schema, effective=7)

    assert found.grid == frozen.grid
    assert found.effective == 7
    assert found.features["a"].cells == {frozen_grid.CELLS - 1: 10}
    assert found.features["p"].names == {"__other__": 10}
    assert "b" not in found.features


def test_scores_and_truths_are_counted_by_the_metrics_of_labels() -> None:
    scores = [0.0, 0.25, 1.0, 0.75]
    events = [
        Prediction(id=str(n), ts=1, model="m", version="1", task="score", prediction=score)
        for n, score in enumerate(scores)
    ]
    tally = Tally()
    tally.add(events, [0.0, 1.0, 1.0, None])

    found = training.reference(tally, "m", "1", now=1)

    bins = 1_001
    histogram = {cell: n for cell, n in found.cells["score_histogram"].items() if cell < 2 * bins}
    assert histogram == {0: 1, bins + 250: 1, bins + 1000: 1}
    assert found.cells["prediction_score"] == {0: 1, 250: 1, 750: 1, 1_000: 1}
    assert found.names["model_confusion_ratio"] == {"0\x1f0": 1, "1\x1f0": 1, "1\x1f1": 1}


def test_the_positive_class_of_a_model_is_the_one_that_its_name_says() -> None:
    likely = {"spam": 0.9, "ham": 0.1}
    one = msgspec.structs.replace(
        event(1, prediction="spam"), task="classification", probabilities=likely
    )
    tally = Tally({"m": "spam"})
    tally.add([one], ["spam"])
    assert tally.cells["prediction_score"] == {900: 1}
    assert tally.cells["score_histogram"][1_001 + 900] == 1


def test_classes_are_counted_by_their_names() -> None:
    found = made([[event(1, prediction="spam"), event(2, prediction="ham"), event(3)]])
    assert found.names["prediction_class_ratio"] == {"spam": 1, "ham": 1}


def test_names_that_a_field_does_not_know_count_together() -> None:
    field = Category(values=["b", "a", "never"])
    assert known_names(field, {"a": 1, "b": 2, "x": 3, "y": 4}) == {"b": 2, "a": 1, "__other__": 7}


def test_importances_are_shares_of_what_helps() -> None:
    tally = Tally()
    tally.add([event(1, a=1.0, b=1.0)], [None])
    found = training.reference(tally, "m", "1", now=1, importances={"a": 3.0, "b": -1.0})
    assert found.importances == {"a": 1.0, "b": 0.0}
    assert training.shares({"a": 0.0}) == {}
