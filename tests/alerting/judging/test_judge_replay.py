"""Any stream of readings: same readings, same alerts, wherever a crash cuts them in two."""

from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.alerting.rule_text import measure, rules, signal, tick

from streamgauge.alerting.judging.judge import Judge
from streamgauge.alerting.rules.rule import Rule
from streamgauge.contracts.alert import Alert
from streamgauge.contracts.measure import AnyReading

TEXT = """
groups:
- name: g
  rules:
  - {alert: AtOnce, expr: prediction_error_ratio > 0.5}
  - {alert: Held, expr: prediction_error_ratio > 0.5, for: 2m}
  - {alert: HeldLess, expr: prediction_error_ratio > 0.9, for: 1m, labels: {severity: critical}}
  - {alert: Drift, expr: drift_signal == 1, for: 1m}
  - {alert: DriftNow, expr: drift_signal == 1}
"""


def a_reading(minutes: st.SearchStrategy[int]) -> st.SearchStrategy[AnyReading]:
    measures = st.builds(
        measure,
        minutes,
        st.sampled_from([0.0, 0.6, 1.0, float("nan")]),
        final=st.booleans(),
        revision=st.integers(0, 5),
        samples=st.sampled_from([0, 5, 50]),
        second=st.integers(0, 59),
        model=st.sampled_from(["a", "b"]),
    )
    return (
        measures | measures | st.builds(signal, minutes, active=st.booleans()) | minutes.map(tick)
    )


# Time walks forward with some disorder, as late windows and revisions make it.
READINGS = st.lists(st.integers(-2, 2), min_size=1, max_size=60).flatmap(
    lambda steps: st.tuples(
        *(a_reading(st.just(max(0, n // 3 + step))) for n, step in enumerate(steps))
    )
)


@pytest.fixture(scope="module")
def some_rules(tmp_path_factory: pytest.TempPathFactory) -> list[Rule]:
    return rules(Path(tmp_path_factory.mktemp("rules")) / "r.yml", TEXT)


def run(judge: Judge, readings: tuple[AnyReading, ...], start: int = 0) -> list[Alert]:
    return [a for n, one in enumerate(readings, start) for a in judge.step(one, n).transitions]


def last(alerts: list[Alert]) -> list[Alert]:
    return list({alert.fingerprint: alert for alert in alerts}.values())


@given(readings=READINGS)
@settings(max_examples=300, deadline=None)
def test_the_same_readings_give_the_same_bytes_and_a_sane_history(
    some_rules: list[Rule], readings: tuple[AnyReading, ...]
) -> None:
    told = run(Judge(some_rules), readings)
    again = run(Judge(some_rules), readings)
    assert msgspec.json.encode(told) == msgspec.json.encode(again)
    assert len({alert.id for alert in told}) == len(told)
    for name in {alert.fingerprint for alert in told}:
        mine = [alert for alert in told if alert.fingerprint == name]
        assert mine[0].state != "resolved"
        for before, after in pairwise(mine):
            assert not (before.state == after.state == "firing")
            assert after.episode in (before.episode, before.episode + 1)
            if after.state == "resolved":
                assert (before.state, before.episode) == ("firing", after.episode)


@given(readings=READINGS, data=st.data())
@settings(max_examples=300, deadline=None)
def test_a_restart_between_two_readings_changes_nothing(
    some_rules: list[Rule], readings: tuple[AnyReading, ...], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(readings)))
    whole = run(Judge(some_rules), readings)
    before = run(Judge(some_rules), readings[:cut])
    after = Judge(some_rules)
    after.restore(last(before), judged=cut - 1)
    assert run(after, readings[:cut]) == []
    rest = run(after, readings[cut:], cut)
    assert msgspec.json.encode(before + rest) == msgspec.json.encode(whole)


@given(readings=READINGS, data=st.data())
@settings(max_examples=300, deadline=None)
def test_a_crash_before_all_was_written_repeats_exactly_the_rest(
    some_rules: list[Rule], readings: tuple[AnyReading, ...], data: st.DataObject
) -> None:
    whole = run(Judge(some_rules), readings)
    written = whole[: data.draw(st.integers(0, len(whole)))]
    after = Judge(some_rules)
    after.restore(last(written))
    rest = run(after, readings)
    assert msgspec.json.encode(written + rest) == msgspec.json.encode(whole)
