"""Whole days of every source travel, so that weeks and months of all of them can be added up."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from tests.metrics.event import MINUTE, T0, heartbeat, prediction
from tests.metrics.labelled import label
from tests.stream_processors.partition_log import SETTINGS, Log, Published, Reader, closed

from streamgauge.business import Business
from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.measure import Measure
from streamgauge.contracts.summary import Summary
from streamgauge.contracts.usage import Usage
from streamgauge.metrics import packed
from streamgauge.metrics.day import add_days
from streamgauge.metrics.layout import Layout
from streamgauge.metrics.rollup import DAY
from streamgauge.metrics.series_table import SeriesTable, rule
from streamgauge.metrics.traffic import Traffic
from streamgauge.settings import Settings

OWN = msgspec.structs.replace(
    SETTINGS,
    business={
        "sure": Business(source="predictions", numerator={"task": "score"}, denominator={}),
        "clicks": Business(source="usage", numerator={"event": "feature_used"}, denominator={}),
    },
)


def usage(number: int, at: int, event: Any = "feature_used") -> Usage:
    fields: dict[str, Any] = {"session": f"s{number}", "event": event, "feature": "zoom"}
    return Usage(id=f"u{number}", ts=T0 + at, experiment="colour", arm="blue", **fields)


def rating(number: int, at: int, rating: int) -> Feedback:
    kind: Any = "post_scan_satisfaction"
    return Feedback(id=f"f{number}", ts=T0 + at, session="s", kind=kind, rating=rating)


def days(source: str, events: Sequence[Any], settings: Settings = SETTINGS) -> list[Summary]:
    """The whole days that are told of events, after all of them are over."""
    published = told(source, events, settings)
    return closed(published, "1d")


def told(source: str, events: Sequence[Any], settings: Settings = SETTINGS) -> Published:
    log, reader = Log(source, settings), Reader(topic=source, settings=settings)
    published: Published = []
    for event in events:
        reader.take(log.add([event]), 0.0)
        published += reader.publish(0.0)
    reader.take(log.add([], idle=T0 + 9 * DAY), 0.0)
    return published + reader.publish(0.0)


def week(summaries: Sequence[Summary], **labels: str) -> dict[str, float]:
    (source,) = {one.source for one in summaries}
    return add_days([one.total for one in summaries if one.labels == labels], source)


def test_a_week_of_outcomes_says_how_well_a_model_did() -> None:
    events = [
        label("yes", "yes" if day else "no", ts=T0, at=T0 + day * DAY + number * MINUTE)
        for day in range(3)
        for number in range(2 + day)
    ]
    found = days("outcomes", events)
    assert [(one.source, one.count, one.base) for one in found] == [
        ("outcomes", count, False) for count in (2, 3, 4)
    ]
    values = week(found, model="m", version="1")
    assert values["label_count"] == 9.0
    assert values["model_accuracy"] == pytest.approx(7 / 9)
    assert values['model_confusion_ratio{truth="yes",predicted="no"}'] == pytest.approx(2 / 9)


def test_a_week_of_a_regression_has_its_error() -> None:
    events = [label(float(day), 0.0, ts=T0, at=T0 + day * DAY) for day in range(1, 4)]
    values = week(days("outcomes", events), model="m", version="1")
    assert values["model_mae"] == 2.0


def test_a_week_of_usage_and_feedback_is_told_by_experiment_and_arm() -> None:
    kinds = ("session_start", "scan_started", "scan_started", "feature_used")
    events = [
        usage(number, day * DAY + number, kind)
        for day in range(2)
        for number, kind in enumerate(kinds)
    ]
    found = days("usage", events, OWN)
    assert {one.source for one in found} == {"usage"}
    values = week(found, experiment="colour", arm="blue")
    assert (values["usage_count"], values["usage_scans_per_session"]) == (8.0, 2.0)
    assert values['usage_feature_ratio{feature="zoom"}'] == 1.0
    assert values["business_clicks_ratio"] == 0.25
    ratings = [rating(day, day * DAY, 3 + day) for day in range(3)]
    values = week(days("feedback", ratings))
    assert values['feedback_rating_mean{kind="post_scan_satisfaction"}'] == 4.0


def test_a_week_of_a_value_of_a_dimension_has_what_is_kept_of_it() -> None:
    events = [
        prediction(day, at=day * DAY, latency_ms=20.0, dimensions={"region": "eu"})
        for day in range(2)
    ]
    found = days("predictions", events)
    values = week(found, model="price", version="1", region="eu")
    assert values["prediction_count"] == 2.0
    assert values["prediction_latency_seconds_mean"] == pytest.approx(0.02)
    whole = week(found, model="price", version="1")
    assert values.keys() <= whole.keys()


def test_figures_of_the_business_survive_the_settings_that_defined_them() -> None:
    events = [
        prediction(number, at=number * MINUTE, task="score" if number % 4 else "regression")
        for number in range(8)
    ]
    (one,) = days("predictions", events, OWN)
    assert week([one], model="price", version="1")["business_sure_ratio"] == 0.75
    (other,) = days("predictions", events)
    both = add_days([one.total, other.total])
    assert both["business_sure_ratio"] == 0.75
    assert both["prediction_count"] == 16.0


def test_what_answers_nobody_keeps_its_own_names() -> None:
    found = days("predictions", [prediction(1, purpose="training"), prediction(2)])
    assert {(one.source, one.count) for one in found} == {("training", 1), ("predictions", 1)}
    (training,) = [one for one in found if one.source == "training"]
    assert week([training], **training.labels)["training_prediction_count"] == 1.0


def test_a_service_was_down_on_the_days_on_which_it_said_nothing() -> None:
    start = DAY - T0 % DAY
    events = [
        heartbeat(at=start + day * DAY + minute * MINUTE)
        for day in (0, 2)
        for minute in range(1_440)
    ]
    log, reader = Log("heartbeats"), Reader(topic="heartbeats")
    published: Published = []
    for begin in range(0, len(events), 60):
        reader.take(log.add(events[begin : begin + 60]), 0.0)
    reader.take(log.add([], idle=T0 + 9 * DAY), 0.0)
    published += reader.publish(0.0)
    found = closed(published, "1d")
    assert [(one.source, one.count) for one in found] == [("heartbeats", 1_440)] * 2
    values = week(found, service="web")
    assert values["service_availability_ratio"] == pytest.approx(2 / 3)
    assert values["service_up"] == 1.0


def test_the_days_of_predictions_that_labels_are_about_do_not_travel() -> None:
    published = told("outcomes", [label(at=T0 + DAY), label(at=T0 + DAY + 1)])
    cohorts = [one for one in published if isinstance(one, Measure) and "by" in one.labels]
    assert cohorts
    assert not [one for one in closed(published, "1d") if "by" in one.labels]


def test_no_days_and_days_of_strangers_say_nothing() -> None:
    assert add_days([]) == add_days([], "outcomes") == add_days([], "heartbeats") == {}
    (one,) = days("feedback", [rating(1, 0, 5)])
    assert add_days([one.total]) == {}


def test_a_day_of_an_older_version_lacks_what_was_not_measured_then() -> None:
    table = SeriesTable(Layout([Traffic()]), rule())
    table.place([("price", "1")])
    table.column("cells")[0, 0] = 4
    old = packed.encode_rows(table, [("price", "1")])
    (new,) = days("predictions", [prediction(1, latency_ms=20.0)])
    assert add_days([old, new.total])["prediction_count"] == 5.0
    known = {"prediction_count", "prediction_rate", "prediction_rate_per_minute"}
    assert add_days([old]).keys() == known
