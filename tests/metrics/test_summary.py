import json
import math

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamgauge.contracts import codec
from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics import summary
from streamgauge.metrics.column import columns
from streamgauge.metrics.fold import add_predictions
from streamgauge.metrics.open_window import OpenWindows
from streamgauge.metrics.summary import METRICS, WIDTH, Summary, as_known, nothing
from streamgauge.metrics.window import Widths

from .event import MINUTE, T0, counted, plain, prediction, predictions

thorough = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
some = st.lists(predictions().filter(lambda event: event.version == "1"), max_size=15)


def summary_of(events: list[Prediction]) -> Summary:
    opened: OpenWindows[Summary] = OpenWindows(Widths(MINUTE, 0, MINUTE))
    add_predictions(opened, events, np.arange(len(events)))
    return opened.windows[T0].series["price", "1"] if events else nothing()


@thorough
@given(some, some)
def test_summaries_merge_either_way_round(one: list[Prediction], other: list[Prediction]) -> None:
    a, b = summary_of(one), summary_of(other)
    assert plain(a.merge(b)) == plain(b.merge(a)) == plain(summary_of([*one, *other]))


@thorough
@given(some, some, some)
def test_summaries_merge_in_any_grouping(
    one: list[Prediction], two: list[Prediction], three: list[Prediction]
) -> None:
    a, b, c = summary_of(one), summary_of(two), summary_of(three)
    assert plain(a.merge(b).merge(c)) == plain(a.merge(b.merge(c)))


@thorough
@given(some)
def test_nothing_merges_without_a_trace(events: list[Prediction]) -> None:
    total = summary_of(events)
    assert plain(total.merge(nothing())) == plain(nothing().merge(total)) == plain(total)


def test_nothing_is_fresh_each_time() -> None:
    nothing().classes["a"] = 1
    nothing().cells[0] = 1
    assert plain(nothing()) == plain(nothing().merge(nothing()))
    assert nothing().total == 0


def test_cells_of_all_metrics_stand_side_by_side() -> None:
    events = [prediction(i, prediction=float(i), latency_ms=5.0) for i in range(5)]
    total = summary_of(events)
    assert len(total.cells) == WIDTH == sum(metric.width for metric in METRICS)
    assert total.cells.tolist() == np.concatenate([counted(m, events) for m in METRICS]).tolist()
    assert total.total == 5


@thorough
@given(some)
def test_its_values_are_what_json_can_carry(events: list[Prediction]) -> None:
    total = summary_of(events)
    values = total.values(60.0)
    assert as_known(values) == values == json.loads(codec.encode(values))
    assert {name.partition("{")[0] for name in values} <= set(total.samples())


def test_names_are_shares_of_all_predictions() -> None:
    total = summary_of(
        [
            prediction(1, prediction="cat"),
            prediction(2, prediction="dog", fallback=True, fallback_reason="cold"),
            prediction(3),
            prediction(4, prediction="cat"),
        ]
    )
    values = total.values(60.0)
    assert values['prediction_class_ratio{class="cat"}'] == 0.5
    assert values['prediction_fallback_reason_ratio{reason="cold"}'] == 0.25
    assert total.samples()["prediction_class_ratio"] == 4


def test_made_up_classes_do_not_grow_a_window() -> None:
    total = summary_of([prediction(i, prediction=f"class {i:05}") for i in range(5_000)])
    assert len(total.classes) == 201
    assert sum(total.classes.values()) == 5_000
    assert total.values(60.0)['prediction_class_ratio{class="__other__"}'] == 4_800 / 5_000


def test_only_finite_values_are_known() -> None:
    given_values = {"a": 1.0, "b": math.nan, "c": math.inf, "d": -math.inf, "e": 0.0}
    assert as_known(given_values) == {"a": 1.0, "e": 0.0}


def test_each_group_has_its_row() -> None:
    batch = columns([prediction(0), prediction(1)])
    cells = summary.count(batch, np.array([0, 2]), 3)
    assert cells.shape == (3, WIDTH)
    assert cells[:, 0].tolist() == [1, 0, 1]
