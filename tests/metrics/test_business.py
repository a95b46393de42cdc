from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.business import Business
from streamgauge.contracts.usage import Usage
from streamgauge.metrics.business import BusinessFigure, figures, judged
from streamgauge.metrics.column import Ints, columns
from streamgauge.metrics.event_column import event_columns

from .event import T0, prediction

EMPTY = Business(
    source="usage",
    numerator={"event": "scan_finished", "dimensions.result": ("empty", "failed")},
    denominator={"event": "scan_finished"},
    change=-0.3,
    better="lower",
)
SAVED = Business(source="usage", kind="mean_per_session", value="value", unit="seconds", target=300)


def usage(event: Any, result: str | None = None, **fields: Any) -> Usage:
    dimensions = {} if result is None else {"result": result}
    known: dict[str, Any] = {"id": "u", "ts": T0, "session": "s"}
    return Usage(event=event, dimensions=dimensions, **(known | fields))


def counted(figure: BusinessFigure, events: list[Usage]) -> Ints:
    group = np.zeros(len(events), np.int64)
    return np.asarray(figure.count(event_columns(events), group, 1)[0])


SCANS = [
    usage("scan_finished", "empty"),
    usage("scan_finished", "failed"),
    usage("scan_finished", "found"),
    usage("scan_finished"),
    usage("scan_started", "empty"),
]


def test_a_ratio_is_of_the_events_it_is_divided_by() -> None:
    figure = BusinessFigure("empty_scan", EMPTY)
    cells = counted(figure, SCANS)
    assert figure.values(cells, 60.0) == {"business_empty_scan_ratio": 0.5}
    assert figure.samples(cells) == {"business_empty_scan_ratio": 4}


def test_a_mean_is_divided_by_the_sessions() -> None:
    figure = BusinessFigure("time_saved", SAVED)
    events = [usage("session_start"), usage("session_start"), usage("session_end", value=500.5)]
    cells = counted(figure, [*events, usage("scan_finished", value=100.0), usage("session_end")])
    assert figure.values(cells, 60.0) == {"business_time_saved_seconds": 300.25}


def test_a_value_may_stand_in_a_dimension_and_what_is_no_number_is_left_out() -> None:
    definition = Business(source="usage", value="dimensions.result", unit="hits")
    figure = BusinessFigure("found", definition)
    events = [usage("scan_finished", result) for result in ("4", "many", "nan", "2")]
    assert figure.values(counted(figure, events), 60.0) == {"business_found_hits": 1.5}


def test_an_absurd_value_counts_as_a_billion() -> None:
    figure = BusinessFigure("time_saved", SAVED)
    cells = counted(figure, [usage("session_start"), usage("session_end", value=1e308)])
    assert figure.values(cells, 60.0) == {"business_time_saved_seconds": 1e9}


def test_predictions_have_figures_too() -> None:
    definition = Business(source="predictions", numerator={"fallback": True})
    figure = BusinessFigure("rules", definition)
    batch = columns([prediction(fallback=True), prediction()])
    cells = figure.count(batch, np.zeros(2, np.int64), 1)[0]
    assert figure.values(cells, 60.0) == {"business_rules_ratio": 0.5}


def test_figures_are_found_by_their_source() -> None:
    definitions = {"saved": SAVED, "empty": EMPTY, "a": Business(source="feedback")}
    assert [figure.title for figure in figures(definitions, "usage")] == ["empty", "saved"]


@given(st.lists(st.tuples(st.sampled_from(SCANS), st.integers(0, 3)), max_size=30))
def test_parts_add_up_to_the_whole(placed: list[tuple[Usage, int]]) -> None:
    figure = BusinessFigure("empty_scan", EMPTY)
    parts = [counted(figure, [one for one, part in placed if part == i]) for i in range(4)]
    assert np.array_equal(sum(parts), counted(figure, [one for one, _ in placed]))


@pytest.mark.parametrize(("value", "met"), [(0.14, 1.0), (0.15, 0.0)])
def test_an_arm_is_compared_with_control(value: float, met: float) -> None:
    arms = {"control": {"business_empty_ratio": 0.2}, "b": {"business_empty_ratio": value}}
    told = judged({"empty": EMPTY}, arms)
    assert told["control"] == {}
    assert told["b"]["business_empty_change_ratio"] == pytest.approx(value / 0.2 - 1)
    assert told["b"]["business_empty_target_met"] == met


def test_without_an_experiment_the_baseline_is_what_it_is_compared_with() -> None:
    definition = Business(source="feedback", change=0.15, baseline=3.0, unit="rating")
    told = judged({"mood": definition}, {"": {"business_mood_rating": 3.6}})
    assert told[""]["business_mood_change_ratio"] == pytest.approx(0.2)
    assert told[""]["business_mood_target_met"] == 1.0


def test_a_target_is_reached_or_not() -> None:
    for value, met in ((299.0, 0.0), (300.0, 1.0)):
        told = judged({"saved": SAVED}, {"": {"business_saved_seconds": value}})
        assert told == {"": {"business_saved_target_met": met}}


def test_nothing_to_compare_with_is_no_division_by_zero() -> None:
    arms = {"control": {"business_empty_ratio": 0.0}, "b": {"business_empty_ratio": 0.1}}
    assert judged({"empty": EMPTY}, arms) == {"control": {}, "b": {}}
