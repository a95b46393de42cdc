"""A recording measured without Kafka gives what the worker would have published."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.metrics.event import MINUTE, T0, heartbeat, prediction
from tests.stream_processors.partition_log import Log, Reader, measures

from streamgauge.alerting.judging.judge import Judge
from streamgauge.alerting.rules.reader import load_rules, shipped_rules
from streamgauge.alerting.trial import command
from streamgauge.contracts.codec import encode
from streamgauge.contracts.event import Event
from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.measure import AnyReading, Measure, Tick
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.usage import Usage
from streamgauge.settings import Settings
from streamgauge.stream_processors.offline import fold
from streamgauge.stream_processors.recorded_join import RecordedJoin

SUITE = """
rule_files: [rules.yml]
replay_test:
- events: events.jsonl
  exp_alerts:
  - {alertname: Bad, state: firing, at: 4m, labels: {model: price}}
  - {alertname: Bad, state: resolved, at: 6m}
"""
RULES = """
groups:
- {name: g, rules: [{alert: Bad, expr: prediction_error_ratio > 0.5, for: 2m}]}
"""


def text(events: Sequence[Event]) -> list[str]:
    return [encode(one).decode() + "\n" for one in events]


def traffic(minutes: int, bad: range = range(0)) -> list[Event]:
    events: list[Event] = []
    for second in range(minutes * 60):
        failed = {"status": "error", "error": "5xx"} if second // 60 in bad else {}
        events.append(prediction(second, at=second * 1_000, **failed))
        if second % 5 == 0:
            events.append(heartbeat(at=second * 1_000))
    return events


def labelled(minutes: int, wrong: range) -> list[Event]:
    """A prediction every six seconds whose truth comes a minute later."""
    events: list[Event] = []
    for second in range(0, minutes * 60, 6):
        events.append(
            prediction(second, at=second * 1_000, task="classification", prediction="cat")
        )
        truth = "dog" if second // 60 in wrong else "cat"
        events.append(truth_of(second, truth, at=(second + 60) * 1_000))
    return events


def truth_of(number: int, truth: str, *, at: int) -> Outcome:
    return Outcome(id=f"o{number}", ts=T0 + at, prediction_id=f"p{number}", truth=truth)


def whole(readings: Sequence[AnyReading]) -> list[Measure]:
    closed = [one for one in readings if isinstance(one, Measure) and one.final and one.whole]
    return [one for one in closed if one.source == "predictions" and one.window == "1m"]


def test_the_windows_are_those_that_measure_and_merge_publish() -> None:
    events = [one for one in traffic(5) if not hasattr(one, "service")]
    log, reader = Log(settings=Settings()), Reader(settings=Settings())
    reader.take(log.add(events, idle=T0 + 6 * MINUTE), 0.0)
    told = {one.start: one.values for one in measures(reader.publish(0.0)) if one.final}
    offline = {one.start: one.values for one in whole(fold(text(events)))}
    assert offline == {start: values for start, values in told.items() if start in offline}
    assert len(offline) == 5


def test_open_windows_and_the_clock_are_told_on_the_way() -> None:
    readings = fold(text(traffic(3)))
    assert any(isinstance(one, Measure) and not one.final for one in readings)
    watermarks = [one.watermark for one in readings if isinstance(one, Tick)]
    assert watermarks == sorted(watermarks)
    assert watermarks[-1] >= T0 + 3 * MINUTE
    services = [one for one in readings if isinstance(one, Measure) and "service" in one.labels]
    assert services


@pytest.mark.parametrize("events", [traffic(2), labelled(2, range(1))])
def test_the_same_recording_gives_the_same_bytes_in_any_order(events: list[Event]) -> None:
    assert fold(text(events)) == fold(text(events[::-1]))
    assert fold([]) == []


def test_a_recording_sets_off_what_it_should(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(RULES)
    (tmp_path / "events.jsonl").write_text("".join(text(traffic(10, bad=range(2, 5)))))
    path = tmp_path / "suite.yml"
    path.write_text(SUITE)
    outcome = command.run(path, fold)
    assert (outcome.checks, outcome.failures) == (2, [])


JOINED = """
rule_files: [rules.yml]
replay_test:
- events: events.jsonl
  exp_alerts:
  - {alertname: Wrong, state: firing, at: 6m, labels: {model: price, version: "1"}}
  - {alertname: Wrong, state: resolved, at: 8m}
"""


def test_a_recording_with_outcomes_sets_off_rules_about_accuracy(tmp_path: Path) -> None:
    rule = RULES.replace("Bad", "Wrong").replace("prediction_error_ratio >", "model_accuracy <")
    (tmp_path / "rules.yml").write_text(rule)
    recorded = text(labelled(10, wrong=range(3, 6)))
    # Apart, as a recording of two topics is.
    recorded.sort(key=lambda line: "truth" in line)
    (tmp_path / "events.jsonl").write_text("".join(recorded))
    path = tmp_path / "suite.yml"
    path.write_text(JOINED)
    outcome = command.run(path, fold)
    assert (outcome.checks, outcome.failures) == (2, [])


def test_windows_of_truths_are_those_that_measure_and_merge_publish() -> None:
    events = labelled(4, wrong=range(1, 2))
    predictions = [one for one in events if isinstance(one, Prediction)]
    outcomes = [one for one in events if isinstance(one, Outcome)]
    join = RecordedJoin(Settings())
    join.remember(predictions)
    log, reader = Log("outcomes", Settings()), Reader(topic="outcomes", settings=Settings())
    reader.take(log.add(join.resolve(outcomes), idle=T0 + 7 * MINUTE), 0.0)
    told = {
        one.start: one.values for one in measures(reader.publish(0.0)) if one.final and one.base
    }
    readings = [one for one in fold(text(events)) if isinstance(one, Measure)]
    offline = {
        one.start: one.values
        for one in readings
        if one.final and one.whole and one.base and one.source == "outcomes"
    }
    assert offline == {start: values for start, values in told.items() if start in offline}
    assert [values["model_accuracy"] for values in offline.values()][:3] == [1.0, 0.0, 1.0]
    covered = [one.values for one in readings if one.source == "coverage"]
    assert covered[-1]["label_coverage_ratio"] == 1.0


def test_feedback_and_usage_are_measured_too() -> None:
    said: list[Event] = [
        Feedback(id="f", ts=T0, session="s", kind="post_scan_satisfaction", rating=2),
        Usage(id="u", ts=T0, session="s", event="scan_started"),
    ]
    sources = {one.source for one in fold(text(said)) if isinstance(one, Measure)}
    assert sources >= {"feedback", "usage"}


def test_a_quiet_recording_sets_off_no_shipped_rule() -> None:
    judge = Judge(load_rules(shipped_rules()))
    for position, reading in enumerate(fold(text(traffic(10)))):
        judge.step(reading, position)
    assert [one.rule for one in judge.firing() if one.rule != "Watchdog"] == []


def test_a_line_that_is_no_event_is_named() -> None:
    with pytest.raises(ValueError, match="line 2: "):
        fold([*text(traffic(1)[:1]), '{"model": 1}\n'])
    with pytest.raises(ValueError, match="line 1: JSON is malformed"):
        fold(["nothing\n"])
    with pytest.raises(ValueError, match="line 1: Input data was truncated"):
        fold(['{"model": \n'])


def test_failing_minutes_set_off_the_shipped_rules_one_after_the_other() -> None:
    judge = Judge(load_rules(shipped_rules()))
    told = [
        (alert.rule, (alert.updated_at - T0) // MINUTE)
        for position, reading in enumerate(fold(text(traffic(15, bad=range(3, 9)))))
        for alert in judge.step(reading, position).transitions
        if alert.state == "firing" and alert.rule != "Watchdog"
    ]
    assert sorted(told) == [
        ("error_rate_disable_ml", 4),
        ("error_rate_fast", 4),
        ("error_rate_high", 8),
    ]
