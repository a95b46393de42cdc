import json
import math

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamgauge.contracts import codec
from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics import summary
from streamgauge.metrics.series_table import SeriesTable
from streamgauge.metrics.summary import BRIEF, FULL, as_known
from streamgauge.metrics.total import Total

from .event import plain, prediction, predictions, total_of

thorough = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
some = st.lists(predictions(), max_size=15)


def merged(*parts: list[Prediction]) -> Total:
    whole = Total(summary.shape(), fine=True)
    for part in parts:
        whole.add(total_of(part))
    return whole


def values_of(table: SeriesTable) -> dict[str, float]:
    key = "price", "1"
    cells = table.column("cells")[table.rows[key]]
    return table.layout.values(cells, table.names.get(key, {}), 60.0)


@thorough
@given(some, some)
def test_totals_add_up_either_way_round(one: list[Prediction], other: list[Prediction]) -> None:
    both = plain(merged(one, other))
    assert both == plain(merged(other, one)) == plain(total_of([*one, *other]))


@thorough
@given(some, some, some)
def test_totals_add_up_in_any_grouping(
    one: list[Prediction], two: list[Prediction], three: list[Prediction]
) -> None:
    left, right = merged(one, two), merged(two, three)
    left.add(total_of(three))
    whole = merged(one)
    whole.add(right)
    assert plain(left) == plain(whole)


@thorough
@given(some)
def test_nothing_adds_nothing(events: list[Prediction]) -> None:
    assert plain(merged(events, [])) == plain(merged([], events)) == plain(total_of(events))


def test_what_is_kept_by_dimension_is_a_part_of_what_is_kept_by_model() -> None:
    assert set(BRIEF.metrics) < set(FULL.metrics)
    assert BRIEF.metrics[0] is FULL.metrics[0]
    assert BRIEF.metrics[0].name == "traffic"


@thorough
@given(some.filter(lambda events: any(event.version == "1" for event in events)))
def test_its_values_are_what_json_can_carry(events: list[Prediction]) -> None:
    table = total_of(events).series
    values = values_of(table)
    assert as_known(values) == values == json.loads(codec.encode(values))
    cells = table.column("cells")[table.rows["price", "1"]]
    samples = FULL.samples(cells, table.names.get(("price", "1"), {}))
    assert {name.partition("{")[0] for name in values} <= set(samples)


def test_names_are_shares_of_all_predictions() -> None:
    table = total_of(
        [
            prediction(1, prediction="cat"),
            prediction(2, prediction="dog", fallback=True, fallback_reason="cold"),
            prediction(3),
            prediction(4, prediction="cat"),
        ]
    ).series
    values = values_of(table)
    assert values['prediction_class_ratio{class="cat"}'] == 0.5
    assert values['prediction_fallback_reason_ratio{reason="cold"}'] == 0.25
    samples = FULL.samples(table.column("cells")[0], table.names["price", "1"])
    assert samples["prediction_class_ratio"] == 4


def test_made_up_classes_do_not_grow_a_window() -> None:
    table = total_of([prediction(i, prediction=f"class {i:05}") for i in range(5_000)]).series
    (classes,) = (counts for counts in table.names["price", "1"].values() if len(counts) > 1)
    assert len(classes) == 201
    assert sum(classes.values()) == 5_000
    assert values_of(table)['prediction_class_ratio{class="__other__"}'] == 4_800 / 5_000


def test_only_finite_values_are_known() -> None:
    given_values = {"a": 1.0, "b": math.nan, "c": math.inf, "d": -math.inf, "e": 0.0}
    assert as_known(given_values) == {"a": 1.0, "e": 0.0}
