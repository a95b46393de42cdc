"""What every metric of predictions promises, tried on all that there are: they are found."""

import copy
import importlib
import inspect
import math
import pkgutil
from collections import Counter
from collections.abc import Mapping
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.metrics.event import EXTREMES, HOUR_MS, counted, prediction, predictions

from streamgauge import metrics
from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics import category
from streamgauge.metrics.base import Metric, Named
from streamgauge.metrics.catalog import METRICS, NAMED
from streamgauge.metrics.column import Columns, Floats, columns
from streamgauge.metrics.embedding_projection import EmbeddingProjections
from streamgauge.metrics.prediction_score import PredictionScore

every_metric = pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
every_named = pytest.mark.parametrize("named", NAMED, ids=lambda named: named.name)
thorough = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
FULL = [
    prediction(
        number,
        prediction=float(number) if number % 2 else f"class {number}",
        confidence=number / 10,
        confidence_ml=number / 10,
        confidence_rule=0.5,
        probabilities={"a": number / 10, "b": 1 - number / 10},
        latency_ms=10.0 + number * 200,
        api_latency_ms=20.0 + number,
        queue_ms=5.0 + number,
        batch_size=number,
        status="error" if number == 7 else "ok",
        reason="no features" if number == 7 else None,
        cache_hit=number % 2 == 0,
        fallback=number % 3 == 0,
        fallback_reason="cold",
        text_length=number * 10,
        language="de" if number % 2 else "en",
        embedding=[number - 5.0, 1.0, -2.0],
    )
    for number in range(10)
]
EMPTY = [prediction(number, prediction=0.0) for number in range(10, 15)]
# The columns of numbers; all but the first four are None where no event of a batch has any.
FLOATS = (
    "latency",
    "api_latency",
    "confidence",
    "value",
    "queue",
    "confidence_ml",
    "confidence_rule",
    "batch_size",
    "text_length",
)


def base(values: Mapping[str, object]) -> set[str]:
    return {name.partition("{")[0] for name in values}


def all_finite(values: Mapping[str, float]) -> bool:
    return all(math.isfinite(value) for value in values.values())


def of_predictions(kind: type) -> bool:
    """Whether a class is a metric of predictions: a base of it says so."""
    said = {
        argument
        for cls in kind.__mro__
        for one in vars(cls).get("__orig_bases__", ())
        for argument in get_args(one)
    }
    return not inspect.isabstract(kind) and Columns in said


def test_every_metric_of_the_room_is_counted() -> None:
    found: set[type] = set()
    for module in pkgutil.iter_modules(metrics.__path__, "streamgauge.metrics."):
        for _, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(kind, (Metric, Named)) and of_predictions(kind):
                found.add(kind)
    shared = {base for kind in found for base in kind.__mro__[1:]}
    assert found - shared == {type(metric) for metric in (*METRICS, *NAMED)}


def test_no_two_have_one_name() -> None:
    assert not [name for name, n in Counter(one.name for one in METRICS).items() if n > 1]
    assert not [name for name, n in Counter(one.name for one in NAMED).items() if n > 1]


@every_metric
@thorough
@given(placed=st.lists(st.tuples(predictions(), st.integers(0, 3)), max_size=30), data=st.data())
def test_parts_in_any_order_add_up_to_the_whole(
    metric: Metric[Columns], placed: list[tuple[Prediction, int]], data: st.DataObject
) -> None:
    whole = counted(metric, [event for event, _ in placed])
    shuffled = data.draw(st.permutations(placed))
    parts = [counted(metric, [one for one, part in shuffled if part == i]) for i in range(4)]
    assert np.array_equal(sum(parts), whole)
    order = data.draw(st.permutations(range(4)))
    assert np.array_equal(sum(parts[i] for i in order), whole)


@every_metric
@thorough
@given(placed=st.lists(st.tuples(predictions(), st.integers(0, 2)), max_size=30))
def test_groups_are_counted_as_if_each_were_alone(
    metric: Metric[Columns], placed: list[tuple[Prediction, int]]
) -> None:
    group = np.array([place for _, place in placed], np.int64)
    cells = metric.count(columns([event for event, _ in placed]), group, 3)
    assert cells.shape == (3, metric.width)
    assert cells.dtype == np.int64
    for place in range(3):
        alone = counted(metric, [event for event, other in placed if other == place])
        assert np.array_equal(cells[place], alone)


@every_metric
@thorough
@given(events=st.lists(predictions(), max_size=30))
def test_values_are_finite_and_have_samples(
    metric: Metric[Columns], events: list[Prediction]
) -> None:
    cells = counted(metric, events)
    values, samples = metric.values(cells, 60.0), metric.samples(cells)
    assert all_finite(values)
    assert base(values) <= set(samples)
    if events:
        assert all(samples[name] > 0 for name in base(values))
    assert all(0 <= size <= len(events) for size in samples.values())


@every_metric
def test_cells_of_nothing_are_no_error_and_no_nan(metric: Metric[Columns]) -> None:
    cells = np.zeros(metric.width, np.int64)
    assert all_finite(metric.values(cells, 60.0))
    assert not any(metric.samples(cells).values())
    assert np.array_equal(counted(metric, []), cells)


@every_metric
def test_missing_values_do_not_blind_it(metric: Metric[Columns]) -> None:
    alone = metric.values(counted(metric, FULL), 60.0)
    mixed = metric.values(counted(metric, [*EMPTY, *FULL]), 60.0)
    assert bool(alone) or isinstance(metric, EmbeddingProjections | PredictionScore)
    assert mixed.keys() == alone.keys()
    assert all_finite(mixed)


@every_metric
@pytest.mark.parametrize("blind", [math.nan, math.inf, -math.inf])
def test_values_that_are_no_numbers_count_as_missing(metric: Metric[Columns], blind: float) -> None:
    batch = columns([*FULL, *EMPTY])
    broken = copy.copy(batch)
    for name in FLOATS:
        column: Floats = getattr(batch, name)
        assert np.isnan(column).any()
        setattr(broken, name, np.where(np.isnan(column), blind, column))
    group = np.zeros(len(batch), np.int64)
    assert np.array_equal(metric.count(broken, group, 1), metric.count(batch, group, 1))


def test_all_columns_of_numbers_are_tried_with_what_is_none() -> None:
    batch = columns(FULL)
    named = [*vars(batch), *(name for name in dir(type(batch)) if not name.startswith("_"))]
    held = {name: getattr(batch, name) for name in named}
    assert set(FLOATS) == {
        name
        for name, column in held.items()
        if isinstance(column, np.ndarray) and column.dtype == np.float64
    }


@every_metric
@pytest.mark.parametrize("extreme", EXTREMES)
@pytest.mark.parametrize("number", [1, 1_000])
def test_one_value_and_a_constant_and_a_huge_one_are_survived(
    metric: Metric[Columns], extreme: float, number: int
) -> None:
    # Of all but predictions and embeddings the contract lets through no more than these.
    share = min(max(extreme, 0.0), 1.0)
    latency = min(max(extreme, 0.0), HOUR_MS)
    event = prediction(
        prediction=extreme,
        confidence=share,
        confidence_ml=share,
        confidence_rule=0.0,
        probabilities={"a": share, "b": 0.0},
        latency_ms=latency,
        api_latency_ms=latency,
        queue_ms=latency,
        batch_size=2**53 - 1,
        text_length=2**53 - 1,
        cache_hit=True,
        embedding=[extreme, extreme],
    )
    cells = counted(metric, [event] * number)
    values = metric.values(cells, 60.0)
    assert all_finite(values)
    assert np.array_equal(cells, counted(metric, [event]) * number)
    # One value or a thousand equal ones: all but counts and rates say the same.
    alone = metric.values(counted(metric, [event]), 60.0)
    assert values.keys() == alone.keys()
    for name, value in values.items():
        if "_count" not in name and "_rate" not in name and "_bucket" not in name:
            assert value == pytest.approx(alone[name])


def tally(named: Named[Columns], events: list[Prediction]) -> dict[str, int]:
    column = named.column(columns(events))
    assert len(column) in {0, len(events)}
    return category.tally(column)


@every_named
@thorough
@given(placed=st.lists(st.tuples(predictions(), st.integers(0, 3)), max_size=30))
def test_names_of_parts_add_up_to_those_of_the_whole(
    named: Named[Columns], placed: list[tuple[Prediction, int]]
) -> None:
    whole = tally(named, [event for event, _ in placed])
    parts: dict[str, int] = {}
    for part in range(4):
        alone = tally(named, [event for event, place in placed if place == part])
        parts = category.merge(parts, alone)
    assert parts == whole


@every_named
@thorough
@given(events=st.lists(predictions(), max_size=30))
def test_shares_are_finite_and_have_samples(
    named: Named[Columns], events: list[Prediction]
) -> None:
    counts = tally(named, events)
    if not counts:
        return
    values, samples = named.values(counts, len(events)), named.samples(counts, len(events))
    assert base(values) == set(samples)
    assert all_finite(values)
    assert all(0 < size <= len(events) for size in samples.values())
    assert all(0 <= value <= 1 for name, value in values.items() if "_ratio" in name)


@every_named
def test_a_name_that_is_not_there_does_not_blind_it(named: Named[Columns]) -> None:
    assert tally(named, FULL)
    assert tally(named, EMPTY) == {}
    assert tally(named, [*EMPTY, *FULL]) == tally(named, FULL)


@every_named
@pytest.mark.parametrize("name", ["x" * 128, '"\\\n', "__other__"])
def test_a_strangers_name_cannot_break_a_measure(named: Named[Columns], name: str) -> None:
    values: dict[str, Any] = named.values({name: 1}, 1)
    assert all("\n" not in shown and shown.count('"') != 1 for shown in values)
