"""Every kind of rule at once: same readings, same bytes, wherever a crash cuts them in two."""

from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.alerting.rule_text import rules

from streamgauge.alerting.judging.judge import Judge
from streamgauge.alerting.rules.rule import Rule
from streamgauge.contracts.alert import Alert
from streamgauge.contracts.measure import AnyReading

from .test_judge_replay import READINGS

TEXT = """
groups:
- name: pointwise
  rules:
  - {alert: Kept, expr: prediction_error_ratio > 0.5, for: 1m, keep_firing_for: 2m}
  - alert: Flaps
    expr: prediction_error_ratio > 0.5
    annotations: {streamgauge_flap: 0.1/0.15, streamgauge_min_samples: "1"}
  - alert: FlapsHeld
    expr: prediction_error_ratio > 0.5
    for: 2m
    annotations: {streamgauge_flap: 0.05/0.1}
  - alert: Cleared
    expr: prediction_error_ratio > 0.7
    annotations: {streamgauge_clear_expr: prediction_error_ratio < 0.5}
  - alert: Missed
    expr: prediction_error_ratio > 0.7
    for: 1m
    annotations: {streamgauge_no_data: alert, streamgauge_no_data_for: 2m}
  - alert: Stays
    expr: prediction_error_ratio > 0.7
    annotations: {streamgauge_no_data: keep}
  - {alert: Ranged, expr: "avg_over_time(prediction_error_ratio[3m]) > 0.5", for: 1m}
  - {alert: Doubled, expr: prediction_error_ratio * 2 > 1}
  - alert: Drifts
    expr: drift_signal == 1
    keep_firing_for: 1m
    annotations: {streamgauge_flap: 0.1/0.15}
- name: joined
  rules:
  - {record: "errors:max", expr: max by (version) (prediction_error_ratio)}
  - {alert: Max, expr: "errors:max > 0.5", for: 2m}
  - {alert: Both, expr: "prediction_error_ratio > 0.5 and on (model) drift_signal == 1"}
  - {alert: Gone, expr: 'absent(prediction_error_ratio{model="a"})', for: 1m}
  - {alert: Watchdog, expr: vector(1)}
- name: limited
  limit: 1
  rules:
  - {alert: Limited, expr: prediction_error_ratio > 0.5, for: 1m}
  - {alert: LimitedToo, expr: "prediction_error_ratio + 0 * prediction_error_ratio > 0.5"}
"""


@pytest.fixture(scope="module")
def every_rule(tmp_path_factory: pytest.TempPathFactory) -> list[Rule]:
    return rules(Path(tmp_path_factory.mktemp("rules")) / "r.yml", TEXT)


def run(judge: Judge, readings: tuple[AnyReading, ...], start: int = 0) -> list[list[Alert]]:
    """What is written on `alert-state` for each reading."""
    told = (judge.step(one, n) for n, one in enumerate(readings, start))
    return [[*one.transitions, *one.updates] for one in told]


def flat(told: list[list[Alert]]) -> list[Alert]:
    return [alert for one in told for alert in one]


def last(alerts: list[Alert]) -> list[Alert]:
    return list({alert.fingerprint: alert for alert in alerts}.values())


@given(readings=READINGS)
@settings(max_examples=60, deadline=None)
def test_transitions_are_told_once_and_updates_keep_their_id(
    every_rule: list[Rule], readings: tuple[AnyReading, ...]
) -> None:
    judge = Judge(every_rule)
    told = [judge.step(one, n) for n, one in enumerate(readings)]
    transitions = [alert for one in told for alert in one.transitions]
    updates = [alert for one in told for alert in one.updates]
    assert len({alert.id for alert in transitions}) == len(transitions)
    assert {alert.id for alert in updates} <= {alert.id for alert in transitions}
    assert {alert.state for alert in updates} <= {"firing"}
    for name in {alert.fingerprint for alert in transitions}:
        mine = [alert for alert in transitions if alert.fingerprint == name]
        assert mine[0].state != "resolved"
        for before, after in pairwise(mine):
            assert after.episode in (before.episode, before.episode + 1)
            if before.state == after.state == "firing":
                assert before.flapping != after.flapping
            if after.state == "resolved":
                assert (before.state, before.episode) == ("firing", after.episode)
    msgspec.json.decode(msgspec.json.encode([*transitions, *updates]), type=list[Alert])


@given(readings=READINGS, data=st.data())
@settings(max_examples=100, deadline=None)
def test_a_restart_changes_nothing(
    every_rule: list[Rule], readings: tuple[AnyReading, ...], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(readings)))
    whole = run(Judge(every_rule), readings)
    before = flat(whole[:cut])
    after = Judge(every_rule)
    after.restore(last(before), judged=cut - 1)
    assert flat(run(after, readings[:cut])) == []
    rest = flat(run(after, readings[cut:], cut))
    assert msgspec.json.encode(before + rest) == msgspec.json.encode(flat(whole))


@given(readings=READINGS, data=st.data())
@settings(max_examples=100, deadline=None)
def test_a_crash_before_all_was_written_repeats_exactly_the_rest(
    every_rule: list[Rule], readings: tuple[AnyReading, ...], data: st.DataObject
) -> None:
    whole = flat(run(Judge(every_rule), readings))
    written = whole[: data.draw(st.integers(0, len(whole)))]
    after = Judge(every_rule)
    after.restore(last(written))
    rest = flat(run(after, readings))
    assert msgspec.json.encode(written + rest) == msgspec.json.encode(whole)
