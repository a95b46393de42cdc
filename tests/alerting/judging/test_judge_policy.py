"""What annotations streamgauge_* and keep_firing_for, limit and labels do to alerts."""

import math
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from tests.alerting.rule_text import MINUTE, measure, rules, signal, tick

from streamgauge.alerting.judging.judge import Judge, Told
from streamgauge.contracts.alert import Alert
from streamgauge.contracts.measure import AnyReading, Part

ERRORS = "prediction_error_ratio > 0.05"


class Court:
    """A judge of one rule, and all that it told."""

    def __init__(self, path: Path, expr: str = ERRORS, *, group: str = "", **keys: str) -> None:
        annotations = {name: text for name, text in keys.items() if name not in ("keep", "hold")}
        noted = ", ".join(f"streamgauge_{name}: '{text}'" for name, text in annotations.items())
        text = f"""
groups:
- name: g
{group}
  rules:
  - alert: A
    expr: {expr}
    for: {keys.get("hold", "0")}
    keep_firing_for: {keys.get("keep", "0")}
    annotations: {{summary: "now {{{{ $value }}}}", {noted}}}
"""
        self.judge = Judge(rules(path / "r.yml", text))
        self.told: list[Told] = []

    def see(self, *readings: AnyReading) -> list[Alert]:
        """The transitions of these readings."""
        before = len(self.told)
        for reading in readings:
            self.told.append(self.judge.step(reading, len(self.told)))
        return [alert for one in self.told[before:] for alert in one.transitions]

    def updates(self) -> list[Alert]:
        return [alert for one in self.told for alert in one.updates]


def states(alerts: Sequence[Alert]) -> list[tuple[str, int]]:
    return [(alert.state, alert.updated_at // MINUTE) for alert in alerts]


# prometheus/prometheus rules/alerting_test.go TestKeepFiringFor, windows for samples: an alert is
# kept for a minute after the first window that is well.
def test_keep_firing_for_keeps_through_windows_that_are_well(tmp_path: Path) -> None:
    court = Court(tmp_path, "v > 50", hold="1m", keep="1m")
    told = court.see(*(measure(n, v, name="v") for n, v in enumerate([75, 85, 10, 70, 10, 10])))
    assert states(told) == [("firing", 1), ("resolved", 6)]


def test_keep_firing_for_outlasts_silence_too(tmp_path: Path) -> None:
    told = Court(tmp_path, keep="2m").see(measure(0, 0.5), tick(5), tick(6), tick(7), tick(8))
    assert states(told) == [("firing", 1), ("resolved", 7)]
    assert told[1].evidence["reason"] == "no data for 3 windows"


def test_a_withdrawn_signal_is_kept_by_the_clock(tmp_path: Path) -> None:
    court = Court(tmp_path, "drift_signal == 1", keep="2m")
    told = court.see(signal(1, active=True), signal(3, active=False), tick(4), tick(5), tick(6))
    assert states(told) == [("firing", 1), ("resolved", 5)]


# research/alerting.md, case 25: three outcomes of the same silence.
@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"no_data": "ok"}, [("firing", 1), ("resolved", 5)]),
        ({"no_data": "ok", "no_data_for": "10m"}, [("firing", 1), ("resolved", 12)]),
        ({"no_data": "keep"}, [("firing", 1), ("resolved", 31)]),
        ({"no_data": "alert"}, [("firing", 1), ("resolved", 31)]),
    ],
)
def test_silence_ends_an_alert_or_keeps_it(
    tmp_path: Path, policy: dict[str, str], expected: list[tuple[str, int]]
) -> None:
    court = Court(tmp_path, **policy)
    told = court.see(measure(0, 0.5), *(tick(n) for n in range(1, 30)), measure(30, 0.0))
    assert states(told) == expected


def test_silence_can_be_what_is_wrong(tmp_path: Path) -> None:
    court = Court(tmp_path, no_data="alert", no_data_for="10m")
    told = court.see(measure(0, 0.01), tick(11.9), tick(12), tick(13), measure(13, 0.01))
    assert states(told) == [("firing", 12), ("resolved", 14)]
    assert told[0].evidence["reason"] == "no data for 10m"
    assert (told[0].starts_at, told[0].value, told[0].episode) == (MINUTE, 0.01, 1)
    assert told[0].annotations == {"summary": "now 0.01"}


def test_a_firing_alert_ends_only_when_the_clear_expression_holds(tmp_path: Path) -> None:
    court = Court(tmp_path, clear_expr="prediction_error_ratio < 0.02")
    told = court.see(*(measure(n, v) for n, v in enumerate([0.5, 0.03, 0.04, 0.01, 0.03])))
    assert states(told) == [("firing", 1), ("resolved", 4)]


def test_a_clear_expression_may_be_about_another_measure(tmp_path: Path) -> None:
    court = Court(tmp_path, clear_expr="prediction_count > 10")
    told: list[Alert] = []
    for minute, (share, count) in enumerate([(0.5, 1.0), (0.0, 1.0), (0.0, 20.0)]):
        errors = measure(minute, share)
        both = msgspec.structs.replace(errors, values=errors.values | {"prediction_count": count})
        told += court.see(both, tick(minute + 1))
    assert states(told) == [("firing", 1), ("resolved", 3)]


def test_an_alert_that_flaps_is_told_once_until_it_is_calm(tmp_path: Path) -> None:
    court = Court(tmp_path, flap="0.25/0.5")
    restless = court.see(*(measure(n, 0.5 * (n % 2)) for n in range(30)))
    flapping = [alert for alert in restless if alert.flapping]
    assert len(flapping) == 1
    assert restless[-1] is flapping[0]
    assert flapping[0].state == "firing"
    calm = court.see(*(measure(n, 0.0) for n in range(30, 60)))
    assert [(alert.state, alert.flapping) for alert in calm] == [("resolved", False)]
    assert calm[0].episode == flapping[0].episode
    again = court.see(measure(60, 0.5))
    assert (again[0].state, again[0].flapping, again[0].episode) == (
        "firing",
        False,
        flapping[0].episode + 1,
    )


def test_an_alert_that_is_calm_again_but_wrong_fires_on(tmp_path: Path) -> None:
    court = Court(tmp_path, flap="0.25/0.5")
    court.see(*(measure(n, 0.5 * (n % 2)) for n in range(30)))
    calm = court.see(*(measure(n, 0.5) for n in range(30, 60)))
    assert [(alert.state, alert.flapping) for alert in calm] == [("firing", False)]
    assert len({alert.id for one in court.told for alert in one.transitions}) == sum(
        len(one.transitions) for one in court.told
    )


def test_a_signal_that_lasts_becomes_calm_by_the_clock(tmp_path: Path) -> None:
    court = Court(tmp_path, "drift_signal == 1", flap="0.1/0.15")
    told = court.see(*(signal(n, active=n % 2 == 0) for n in range(1, 9)))
    assert told[-1].flapping
    (calm,) = court.see(*(tick(n) for n in range(9, 40)))
    assert (calm.state, calm.flapping) == ("firing", False)


def test_evidence_is_what_the_rule_asks_for(tmp_path: Path) -> None:
    parts = [
        Part(name="f", share=0.7, score=1),
        Part(name="eu", share=0.3, score=1, kind="segment"),
    ]
    seen = msgspec.structs.replace(signal(1, active=True), parts=parts, sample=["p1"])

    def of(kinds: str) -> tuple[object, object]:
        (alert,) = Court(tmp_path, "drift_signal == 1", evidence=kinds).see(seen)
        return alert.evidence.get("parts"), alert.evidence.get("predictions")

    assert of("features") == ("f 70%", None)
    assert of("segments,samples") == ("eu 30%", "p1")
    assert of("features,segments,samples") == ("f 70%, eu 30%", "p1")


def test_an_alert_has_its_value_at_fire_now_and_at_its_peak(tmp_path: Path) -> None:
    court = Court(tmp_path, hold="2m")
    values = [0.1, 0.3, 0.9, 0.4, 0.4, 0.01]
    told = court.see(*(measure(n, value) for n, value in enumerate(values)))
    shown = [(a.state, a.value, a.value_at_fire, a.peak) for a in told]
    assert shown == [
        ("pending", 0.1, None, 0.1),
        ("firing", 0.3, 0.3, 0.3),
        ("resolved", 0.01, 0.3, 0.9),
    ]
    updates = court.updates()
    assert [(a.value, a.value_at_fire, a.peak) for a in updates] == [
        (0.9, 0.3, 0.9),
        (0.4, 0.3, 0.9),
    ]
    assert {a.id for a in updates} == {told[1].id}
    assert updates[0].annotations == {"summary": "now 0.9"}


def test_the_peak_of_a_rule_about_too_little_is_the_least(tmp_path: Path) -> None:
    court = Court(tmp_path, "prediction_error_ratio < 0.5")
    told = court.see(*(measure(n, v) for n, v in enumerate([0.4, 0.1, 0.3, 0.9])))
    assert told[-1].peak == 0.1


def test_values_that_json_cannot_say_are_evidence(tmp_path: Path) -> None:
    court = Court(tmp_path, "prediction_error_ratio != 1")
    court.see(*(measure(n, v) for n, v in enumerate([math.nan, math.inf, -math.inf, 1.0])))
    alerts = [alert for one in court.told for alert in (*one.transitions, *one.updates)]
    assert [a.evidence.get("value") for a in alerts] == ["NaN", "+Inf", "-Inf", None]
    assert [a.value for a in alerts] == [0.0, 0.0, 0.0, 1.0]
    assert alerts[0].annotations == {"summary": "now NaN"}
    msgspec.json.decode(msgspec.json.encode(alerts), type=list[Alert])


# prometheus/prometheus rules/alerting_test.go TestAlertingRuleLimit: none is told beyond it.
def test_more_alerts_than_the_limit_end_all_and_are_a_fault(tmp_path: Path) -> None:
    court = Court(tmp_path, group="  limit: 2")
    first = court.see(measure(0, 0.5, model="a"), measure(0, 0.5, model="b"))
    assert [alert.state for alert in first] == ["firing", "firing"]
    ended = court.see(measure(0, 0.5, model="c"))
    assert [alert.state for alert in ended] == ["resolved", "resolved"]
    assert ended[0].evidence["reason"] == "exceeded limit of 2 with 3 alerts"
    assert court.see(measure(1, 0.5, model="a"), measure(1, 0.5, model="b")) == []
    # Once a minute, however often it is.
    assert [len(one.faults) for one in court.told] == [0, 0, 1, 1, 0]
    assert court.judge.faults == {"A": 3}
    back = court.see(measure(1, 0.0, model="c"), measure(2, 0.5, model="a"))
    assert [(alert.state, alert.episode) for alert in back] == [("firing", 2)]
