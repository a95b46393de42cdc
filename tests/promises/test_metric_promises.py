"""What every metric promises, tried on all that there are: they are found, not listed."""

import importlib
import inspect
import math
import pkgutil
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.metrics.event import EXTREMES, HOUR_MS, counted, prediction, predictions

from streamgauge import metrics
from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics.base import Metric
from streamgauge.metrics.column import Columns, columns
from streamgauge.metrics.label_summary import LABEL_METRICS
from streamgauge.metrics.summary import METRICS

every_metric = pytest.mark.parametrize(
    "metric", METRICS, ids=lambda metric: f"{type(metric).__name__}-{metric.width}"
)
thorough = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
FULL = [
    prediction(
        number,
        prediction=float(number),
        confidence=number / 10,
        latency_ms=10.0 + number,
        api_latency_ms=20.0 + number,
        cache_hit=number % 2 == 0,
        fallback=number % 3 == 0,
    )
    for number in range(10)
]
EMPTY = [prediction(number) for number in range(10, 15)]


def base(values: Mapping[str, object]) -> set[str]:
    return {name.partition("{")[0] for name in values}


def all_finite(values: Mapping[str, float]) -> bool:
    return all(math.isfinite(value) for value in values.values())


def test_every_metric_of_the_room_is_counted() -> None:
    found = set()
    for module in pkgutil.iter_modules(metrics.__path__, "streamgauge.metrics."):
        for _, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(kind, Metric) and not inspect.isabstract(kind):
                found.add(kind)
    assert found == {type(metric) for metric in (*METRICS, *LABEL_METRICS)}


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
    assert mixed.keys() == alone.keys()
    assert all_finite(mixed)


@every_metric
@pytest.mark.parametrize("blind", [math.nan, math.inf, -math.inf])
def test_values_that_are_no_numbers_count_as_missing(metric: Metric[Columns], blind: float) -> None:
    batch = columns([*FULL, *EMPTY])
    floats = {
        name: np.where(np.isnan(column), blind, column)
        for name, column in batch._asdict().items()
        if isinstance(column, np.ndarray) and column.dtype == np.float64
    }
    assert len(floats) == 4
    broken = Columns(**(batch._asdict() | floats))
    group = np.zeros(len(batch), np.int64)
    assert np.array_equal(metric.count(broken, group, 1), metric.count(batch, group, 1))


@every_metric
@pytest.mark.parametrize("extreme", EXTREMES)
@pytest.mark.parametrize("number", [1, 1_000])
def test_one_value_and_a_constant_and_a_huge_one_are_survived(
    metric: Metric[Columns], extreme: float, number: int
) -> None:
    # Of latencies and confidences the contract lets through no more than these.
    event = prediction(
        prediction=extreme,
        confidence=min(max(extreme, 0.0), 1.0),
        latency_ms=min(max(extreme, 0.0), HOUR_MS),
        api_latency_ms=min(max(extreme, 0.0), HOUR_MS),
        cache_hit=True,
    )
    cells = counted(metric, [event] * number)
    values = metric.values(cells, 60.0)
    assert values
    assert all_finite(values)
    assert np.array_equal(cells, counted(metric, [event]) * number)
    # One value or a thousand equal ones: all but the figures of traffic say the same.
    if "prediction_count" not in values:
        assert values == pytest.approx(metric.values(counted(metric, [event]), 60.0))
