"""Figures of the business are compared with a baseline or with control, whenever that moves."""

from collections.abc import Sequence
from typing import Any

import pytest
from tests.metrics.event import MINUTE, T0, prediction
from tests.stream_processors.partition_log import Log, Published, Reader, end

from streamgauge.business import Business
from streamgauge.contracts.measure import Measure
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.usage import Usage
from streamgauge.settings import Settings, Window

EMPTY = Business(
    source="usage",
    numerator={"event": "scan_finished", "dimensions.result": "empty"},
    denominator={"event": "scan_finished"},
    change=-0.3,
    better="lower",
)
RULES = Business(source="predictions", numerator={"fallback": True}, change=-0.5, better="lower")


def scans(arm: str, results: Sequence[str], at: int = 0) -> list[Usage]:
    return [
        Usage(
            id=f"u{arm}{number}",
            ts=T0 + at,
            session="s",
            event="scan_finished",
            experiment="colour",
            arm=arm,
            dimensions={"result": result},
        )
        for number, result in enumerate(results)
    ]


def answered(rules: Sequence[bool], **fields: Any) -> list[Prediction]:
    return [
        prediction(number, fallback=fallback, **fields) for number, fallback in enumerate(rules)
    ]


def by_arm(published: Published, window: str = "1m") -> dict[str, Measure]:
    return {
        one.labels["arm"]: one
        for one in published
        if isinstance(one, Measure) and one.window == window and "arm" in one.labels
    }


def test_arms_are_compared_with_control_and_again_when_a_late_event_moves_control() -> None:
    settings = Settings(business={"empty": EMPTY})
    log, reader = Log("usage", settings), Reader(topic="usage", settings=settings)
    events = [*scans("control", ["empty", "found"]), *scans("b", ["empty", "found", "found"])]
    reader.take(log.add(events, idle=end(2)), 0.0)
    before = by_arm(reader.publish(0.0))
    ratios = {arm: one.values["business_empty_ratio"] for arm, one in before.items()}
    assert ratios == {"control": 0.5, "b": pytest.approx(1 / 3)}
    assert before["b"].values["business_empty_change_ratio"] == pytest.approx(-1 / 3)
    assert before["b"].values["business_empty_target_met"] == 1.0
    assert "business_empty_change_ratio" not in before["control"].values
    # Only control hears of it, and what the other arm is compared with is another now.
    late = scans("control", ["found", "found"])
    reader.take(log.add(late), 1.0)
    after = by_arm(reader.publish(1.0))
    assert after.keys() == {"control", "b"}
    assert after["b"].values["business_empty_ratio"] == pytest.approx(1 / 3)
    assert after["b"].values["business_empty_change_ratio"] == pytest.approx(1 / 3)
    assert after["b"].values["business_empty_target_met"] == 0.0
    assert after["b"].final
    assert all(after[arm].revision > before[arm].revision for arm in after)
    assert reader.publish(2.0) == []


def test_an_experiment_that_has_not_changed_is_not_told_again() -> None:
    settings = Settings(business={"empty": EMPTY})
    log, reader = Log("usage", settings), Reader(topic="usage", settings=settings)
    reader.take(log.add([*scans("control", ["empty"]), *scans("b", ["empty"])]), 0.0)
    reader.publish(0.0)
    other = Usage(id="u", ts=T0, session="s", event="scan_finished", experiment="size", arm="c")
    reader.take(log.add([other]), 1.0)
    assert by_arm(reader.publish(1.0)).keys() == {"c"}


def test_predictions_are_compared_with_the_baseline() -> None:
    figure = Business(source="predictions", numerator={"fallback": True}, baseline=0.4, change=-0.5)
    settings = Settings(business={"rules": figure})
    log, reader = Log(settings=settings), Reader(settings=settings)
    events = answered([True, False, False, False], dimensions={"region": "eu"})
    trained = answered([True], purpose="training")
    reader.take(log.add([*events, *trained]), 0.0)
    told = {
        (one.source, *sorted(one.labels)): one.values
        for one in reader.publish(0.0)
        if isinstance(one, Measure) and one.window == "1m"
    }
    for series in (
        ("predictions", "model", "version"),
        ("predictions", "model", "region", "version"),
    ):
        assert told[series]["business_rules_ratio"] == 0.25
        assert told[series]["business_rules_change_ratio"] == pytest.approx(0.25 / 0.4 - 1)
        assert told[series]["business_rules_target_met"] == 1.0
    training = told["training", "model", "version"]
    assert not any("change" in name for name in training)


@pytest.mark.parametrize("version", ["1", "2"])
def test_predictions_of_an_arm_are_compared_with_control_in_any_version(version: str) -> None:
    settings = Settings(business={"rules": RULES}, window=Window(dimensions=("arm",)))
    log, reader = Log(settings=settings), Reader(settings=settings)
    control = answered([True, True, False, False], arm="control")
    tried = answered([True, False, False, False, False], arm="b", version=version)
    reader.take(log.add([*control, *tried], idle=end(2)), 0.0)
    before = by_arm(reader.publish(0.0))
    assert before["b"].values["business_rules_change_ratio"] == pytest.approx(-0.6)
    assert before["b"].values["business_rules_target_met"] == 1.0
    assert "business_rules_change_ratio" not in before["control"].values
    reader.take(log.add(answered([False] * 4, arm="control", at=MINUTE - 1)), 1.0)
    after = by_arm(reader.publish(1.0))
    assert after["b"].values["business_rules_change_ratio"] == pytest.approx(-0.2)
    assert after["b"].values["business_rules_target_met"] == 0.0
    assert after["b"].revision > before["b"].revision


def test_control_of_the_same_version_comes_before_that_of_another() -> None:
    settings = Settings(business={"rules": RULES}, window=Window(dimensions=("arm",)))
    log, reader = Log(settings=settings), Reader(settings=settings)
    events = [
        *answered([True] * 9, arm="control", version="1"),
        *answered([True, False], arm="control", version="2"),
        *answered([True, False, False, False], arm="b", version="2"),
        *answered([True, False], arm="c", version="3"),
    ]
    reader.take(log.add(events), 0.0)
    told = by_arm(reader.publish(0.0))
    assert told["b"].values["business_rules_change_ratio"] == pytest.approx(-0.5)
    # Its own version has none: the busiest control is that of version 1.
    assert told["c"].values["business_rules_change_ratio"] == pytest.approx(-0.5)
    assert told["b"].revision == told["c"].revision == 17


def test_what_figures_do_not_ask_about_keeps_its_own_revision() -> None:
    settings = Settings(window=Window(dimensions=("arm",)))
    log, reader = Log(settings=settings), Reader(settings=settings)
    events = [*answered([True], arm="control"), *answered([True, False], arm="b")]
    reader.take(log.add(events), 0.0)
    assert {arm: one.revision for arm, one in by_arm(reader.publish(0.0)).items()} == {
        "control": 1,
        "b": 2,
    }
