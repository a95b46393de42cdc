"""What every metric of usage and feedback promises, and every figure of the business."""

import math
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.metrics.event import EXTREMES, T0

from streamgauge.business import Business
from streamgauge.contracts.feedback import Feedback, Kind
from streamgauge.contracts.usage import Usage
from streamgauge.metrics.base import Metric
from streamgauge.metrics.column import Ints
from streamgauge.metrics.event_column import event_columns
from streamgauge.metrics.feedback import feedback_layout
from streamgauge.metrics.usage import usage_layout

Events = list[Any]
FIGURES = {
    "rating": Business(source="feedback", value="rating", unit="rating"),
    "saved": Business(source="usage", kind="mean_per_session", value="value", unit="seconds"),
    "found": Business(source="usage", numerator={"dimensions.result": ("found", "many")}),
}
words = st.sampled_from((None, "a", '"\\\n', "__other__", "x" * 128))
used = st.builds(
    Usage,
    id=st.just("u"),
    ts=st.integers(T0, T0 + 59_999),
    session=st.just("s"),
    event=st.sampled_from(get_args(get_type_hints(Usage)["event"])),
    feature=words,
    value=st.none() | st.sampled_from(EXTREMES),
    dimensions=st.sampled_from(({}, {"result": "found"}, {"result": "none"})),
)
said = st.builds(
    Feedback,
    id=st.just("f"),
    ts=st.integers(T0, T0 + 59_999),
    session=st.just("s"),
    kind=st.sampled_from(get_args(Kind)),
    rating=st.none() | st.integers(1, 5),
)
EVERY = [
    *((metric, used) for metric in usage_layout(FIGURES).metrics),
    *((metric, said) for metric in feedback_layout(FIGURES).metrics),
]
every_metric = pytest.mark.parametrize(
    ("metric", "events"), EVERY, ids=[metric.name for metric, _ in EVERY]
)
thorough = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def counted(metric: Metric[Any], events: Events) -> Ints:
    group = np.zeros(len(events), np.int64)
    return np.asarray(metric.count(event_columns(events), group, 1)[0])


@every_metric
@thorough
@given(data=st.data())
def test_parts_add_up_to_the_whole(
    metric: Metric[Any], events: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    placed = data.draw(st.lists(st.tuples(events, st.integers(0, 3)), max_size=30))
    parts = [counted(metric, [one for one, part in placed if part == i]) for i in range(4)]
    assert np.array_equal(sum(parts), counted(metric, [one for one, _ in placed]))


@every_metric
@thorough
@given(data=st.data())
def test_values_are_finite_and_have_samples(
    metric: Metric[Any], events: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    cells = counted(metric, data.draw(st.lists(events, max_size=30)))
    values, samples = metric.values(cells, 60.0), metric.samples(cells)
    assert all(math.isfinite(value) for value in values.values())
    names = {name.partition("{")[0] for name in values}
    assert all(samples[name] > 0 for name in names if cells.any())


@every_metric
def test_nothing_is_no_error(metric: Metric[Any], events: st.SearchStrategy[Any]) -> None:
    assert not counted(metric, []).any()
    assert all(value == 0.0 for value in metric.values(counted(metric, []), 60.0).values())
