"""Whole rows before and after an alarm, and versions that go by other features."""

from random import Random

import msgspec
import pytest
from tests.stream_processors.asked import Row, minutes, reference
from tests.stream_processors.watched import measures, signals, watch, windows

from streamgauge.contracts.measure import Signal
from streamgauge.contracts.reference import freeze
from streamgauge.stream_processors.feature_window import Yardsticks
from streamgauge.stream_processors.watch_feature import FeatureWatcher
from streamgauge.stream_processors.watch_row import RowWatcher
from streamgauge.stream_processors.watch_version import VersionWatcher

KNOWN = reference()
SINCE = 8


def older(_random: Random, asked: Row) -> Row:
    return asked | {"age": float(asked["age"] or 0.0) + 10.0}


def found(change: object, last: int) -> list[Signal]:
    summaries = windows(minutes(last, change, SINCE), references=[KNOWN])  # type: ignore[arg-type]  # passed on
    told = watch([FeatureWatcher(Yardsticks()), RowWatcher()], summaries, [KNOWN])
    asked = [one for one in measures(told) if "domain_classifier_auc" in one.values]
    # Once an alarm: it takes a second.
    assert len(asked) == bool(change)
    return [one for one in signals(told) if one.detector == "domain_classifier"]


def test_after_an_alarm_rows_are_told_apart_and_by_what() -> None:
    (one,) = found(older, 16)
    assert (one.stream, one.finding) == ("rows", "DRIFT_DETECTED")
    assert one.parts[0].name == "age"
    # Who knew both distributions would reach Phi(1 / sqrt 2) = .76, for one deviation.
    assert 0.62 < one.score < 0.76


def test_without_an_alarm_nobody_asks() -> None:
    assert not found(None, 12)


def test_a_version_that_goes_by_other_features_is_told_once() -> None:
    before = reference("0", importances={"age": 0.9, "income": 0.1})
    after = reference(importances={"age": 0.2, "income": 0.8})
    told = watch([VersionWatcher()], windows(minutes(8)), [before, after])
    first, last = signals(told)
    assert (first.active, last.active) == (True, False)
    assert first.stream == "importances"
    assert first.score == pytest.approx(0.7)
    assert {part.name for part in first.parts} == {"age", "income"}


def test_a_version_that_goes_by_the_same_features_is_not_told() -> None:
    same = {"age": 0.6, "income": 0.4}
    known = [reference("0", importances=same), reference(importances=same)]
    assert not signals(watch([VersionWatcher()], windows(minutes(3)), known))


def test_a_version_with_another_schema_says_in_words_what_is_new() -> None:
    after = reference()
    fewer = {name: field for name, field in after.schema.items() if name != "plan"}
    before = freeze(msgspec.structs.replace(after, version="0", schema=fewer))
    first, _ = signals(watch([VersionWatcher()], windows(minutes(8)), [before, after]))
    assert (first.detector, first.stream) == ("version", "schema")
    assert first.text == "plan was added, one of 2 names"
