import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics.column import Columns, columns
from streamgauge.metrics.error import Errors
from streamgauge.metrics.fallback import Fallback
from streamgauge.metrics.layout import Added, Layout
from streamgauge.metrics.summary import BRIEF, FULL
from streamgauge.metrics.traffic import Traffic

from .event import counted, prediction, predictions

thorough = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
SMALL: Layout[Columns] = Layout((Traffic(), Errors(), Fallback()))


def cells_of(added: Added, groups: list[int], width: int) -> list[list[int]]:
    """By definition: one after the other."""
    cells = [[0] * width for _ in range(max(groups, default=-1) + 1)]
    ones = len(added.place) - len(added.amount)
    amounts = [1] * ones + added.amount.tolist()
    for place, cell, amount in zip(added.place.tolist(), added.cell.tolist(), amounts, strict=True):
        cells[groups[place]][cell] += amount
    return cells


@pytest.mark.parametrize("layout", [FULL, BRIEF], ids=["full", "brief"])
@thorough
@given(events=st.lists(predictions(), max_size=10))
def test_cells_of_all_metrics_stand_side_by_side(
    layout: Layout[Columns], events: list[Prediction]
) -> None:
    added = layout.lay(FULL.marks(columns(events)), len(events))
    expected = np.concatenate([counted(metric, events) for metric in layout.metrics])
    if events:
        assert cells_of(added, [0] * len(events), layout.width) == [expected.tolist()]
    assert len(expected) == layout.width == sum(layout.signature.values())


@thorough
@given(st.lists(st.tuples(predictions(), st.booleans()), min_size=1, max_size=20))
def test_only_some_events_are_counted_as_if_there_were_no_others(
    chosen: list[tuple[Prediction, bool]],
) -> None:
    events = [event for event, _ in chosen]
    wanted = [event for event, want in chosen if want]
    all_of = FULL.lay(FULL.marks(columns(events)), len(events))
    some = all_of.only(np.array([want for _, want in chosen]))
    alone = FULL.lay(FULL.marks(columns(wanted)), len(wanted))
    assert (
        cells_of(some, [0] * len(events), FULL.width)[0]
        == (cells_of(alone, [0] * len(wanted), FULL.width) or [[0] * FULL.width])[0]
    )


def test_a_row_without_a_metric_that_came_later_is_read() -> None:
    older: Layout[Columns] = Layout((Traffic(), Fallback()))
    cells = np.arange(older.width)
    moved = SMALL.remap(cells, older.signature)
    errors = Errors.width
    assert moved.tolist() == [0, *(1 + errors + np.arange(older.width - 1)).tolist()]


def test_a_row_whose_metrics_stood_in_another_order_is_read() -> None:
    turned: Layout[Columns] = Layout((Fallback(), Traffic(), Errors()))
    moved = SMALL.remap(np.arange(turned.width), turned.signature)
    traffic = list(turned.signature)[: list(turned.signature).index("traffic")]
    begin = sum(turned.signature[name] for name in traffic)
    assert moved[begin] == 0
    assert sorted(moved.tolist()) == list(range(SMALL.width))


@pytest.mark.parametrize(
    "signature", [{"unheard of": 3, "traffic": 1}, {"traffic": 2}, {"errors": 99, "traffic": 1}]
)
def test_cells_of_metrics_that_are_not_known_are_told_apart(signature: dict[str, int]) -> None:
    assert (SMALL.remap(np.arange(2), signature) == -1).all()


def test_only_names_that_somebody_carries_are_there() -> None:
    assert FULL.names(columns([prediction(1), prediction(2)])) == {}
    names = FULL.names(columns([prediction(1), prediction(2, prediction="cat")]))
    assert {name: list(column) for name, column in names.items()} == {
        "prediction_class_ratio": [None, "cat"]
    }
