"""What every label metric promises, tried on all that there are."""

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.metrics.labelled import T0, counted, label, labels, truths

from streamgauge.metrics import category
from streamgauge.metrics.base import Metric
from streamgauge.metrics.confusion import Confusion
from streamgauge.metrics.label import Label
from streamgauge.metrics.label_column import LabelColumns, arrived, cohort
from streamgauge.metrics.label_summary import LABEL_METRICS

every_metric = pytest.mark.parametrize("metric", LABEL_METRICS, ids=lambda metric: metric.name)
thorough = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def replaced(first: Label, truth: float | str, at: int) -> Label:
    """A correction of a label."""
    return label(
        truth,
        first.prediction,
        verdict="correction",
        old_truth=first.truth,
        old_at=first.at,
        ts=first.ts,
        at=at,
        task=first.task,
        confidence=first.confidence,
        score=first.score,
    )


def pairs(held: list[Label]) -> category.Counts:
    """Signed counts of a cohort's pairs."""
    batch = cohort(held)
    counts: Counter[str] = Counter()
    for name, weight in zip(Confusion().column(batch), batch.weight.tolist(), strict=True):
        if name is not None:
            counts[name] += weight
    return dict(counts)


@every_metric
@thorough
@given(
    placed=st.lists(st.tuples(labels(), st.none() | truths(), st.integers(0, 2)), max_size=20),
    data=st.data(),
)
def test_corrections_leave_what_is_true_in_any_order_and_any_parts(
    metric: Metric[LabelColumns],
    placed: list[tuple[Label, float | str | None, int]],
    data: st.DataObject,
) -> None:
    history, final = [], []
    for first, better, part in placed:
        history.append((first, part))
        if better is None:
            final.append(first)
        else:
            second = replaced(first, better, T0 + 7)
            history.append((second, (part + 1) % 3))
            final.append(label(better, **told(second)))
    whole = counted(metric, cohort(final))
    shuffled = data.draw(st.permutations(history))
    parts = [counted(metric, cohort([one for one, p in shuffled if p == i])) for i in range(3)]
    assert np.array_equal(sum(parts), whole)
    values = metric.values(whole, 60.0)
    assert metric.values(np.sum(parts, axis=0), 60.0) == values
    assert all(math.isfinite(value) for value in values.values())
    for piece in parts:
        # A part may take back more than it added; it must not break who looks at it.
        assert all(math.isfinite(value) for value in metric.values(piece, 60.0).values())


def told(one: Label) -> dict[str, Any]:
    return {
        name: getattr(one, name)
        for name in ("prediction", "ts", "at", "task", "confidence", "score")
    }


@thorough
@given(placed=st.lists(st.tuples(labels(), truths()), max_size=20), data=st.data())
def test_added_and_taken_back_is_nothing(
    placed: list[tuple[Label, float | str]], data: st.DataObject
) -> None:
    firsts = [first for first, _ in placed]
    back = [replaced(replaced(first, truth, 5), first.truth, first.at) for first, truth in placed]
    there = [replaced(first, truth, 5) for first, truth in placed]
    back = [
        label(
            first.truth,
            **told(first) | {"verdict": "correction", "old_truth": one.truth, "old_at": one.at},
        )
        for first, one in zip(firsts, there, strict=True)
    ]
    both = data.draw(st.permutations(there + back))
    for metric in LABEL_METRICS:
        assert not counted(metric, cohort(both)).any()
    assert not any(pairs(both).values())


@every_metric
@thorough
@given(held=st.lists(labels(), max_size=30))
def test_values_are_finite_and_have_samples(
    metric: Metric[LabelColumns], held: list[Label]
) -> None:
    cells = counted(metric, arrived(held))
    values, samples = metric.values(cells, 60.0), metric.samples(cells)
    assert all(math.isfinite(value) for value in values.values())
    assert {name.partition("{")[0] for name in values} <= set(samples)
    assert all(0 <= size <= len(held) for size in samples.values())


@every_metric
def test_cells_of_nothing_say_nothing_and_are_no_error(metric: Metric[LabelColumns]) -> None:
    cells = np.zeros(metric.width, np.int64)
    assert np.array_equal(counted(metric, arrived([])), cells)
    assert np.array_equal(counted(metric, cohort([])), cells)
    assert not any(metric.values(cells, 60.0).values())
    assert not any(metric.samples(cells).values())


@every_metric
@thorough
@given(placed=st.lists(st.tuples(labels(), st.integers(0, 2)), max_size=30))
def test_groups_are_counted_as_if_each_were_alone(
    metric: Metric[LabelColumns], placed: list[tuple[Label, int]]
) -> None:
    group = np.array([place for _, place in placed], np.int64)
    cells = metric.count(arrived([one for one, _ in placed]), group, 3)
    assert cells.shape == (3, metric.width)
    for place in range(3):
        alone = counted(metric, arrived([one for one, other in placed if other == place]))
        assert np.array_equal(cells[place], alone)
