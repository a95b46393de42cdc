"""Labels of alerts: whose they are, what they are filled in with, and what cannot be judged."""

from pathlib import Path

import msgspec
import pytest
from tests.alerting.rule_text import measure, rules, tick

from streamgauge.alerting.judging.judge import Judge
from streamgauge.contracts.measure import AnyReading
from streamgauge.settings import InputError


def test_one_label_set_of_two_series_is_a_fault_of_that_rule_only(tmp_path: Path) -> None:
    text = """
groups:
- name: g
  rules:
  - {alert: Same, expr: prediction_error_ratio > 0.05, labels: {model: same}}
  - {alert: Good, expr: prediction_error_ratio > 0.05}
"""
    judge = Judge(rules(tmp_path / "r.yml", text))
    told = [judge.step(measure(0, 0.5, model=name), n) for n, name in enumerate("ab")]
    assert [a.rule for one in told for a in one.transitions] == ["Good", "Same", "Good"]
    (fault,) = told[1].faults
    assert (fault.rule, fault.place) == ("Same", f"{tmp_path / 'r.yml'}:5")
    assert "one label set of two series" in fault.text


def test_a_series_that_is_over_leaves_its_label_set_to_the_next(tmp_path: Path) -> None:
    text = """
groups:
- name: g
  rules:
  - {alert: A, expr: prediction_error_ratio > 0.05, labels: {version: any}}
"""
    judge = Judge(rules(tmp_path / "r.yml", text))
    old = measure(0, 0.5)
    new = [
        msgspec.structs.replace(measure(n, 0.5), labels={"model": "m", "version": "2"})
        for n in (1, 9)
    ]
    readings: list[AnyReading] = [old, new[0], *(tick(n) for n in range(2, 9)), new[1]]
    told = [judge.step(reading, n) for n, reading in enumerate(readings)]
    alerts = [alert for one in told for alert in one.transitions]
    assert [(a.state, a.episode) for a in alerts] == [("firing", 1), ("resolved", 1), ("firing", 2)]
    assert [len(one.faults) for one in told] == [0, 1, *[0] * 8]


def test_labels_are_filled_in_from_the_series(tmp_path: Path) -> None:
    text = """
groups:
- name: g
  labels: {team: ml}
  rules:
  - alert: A
    expr: prediction_error_ratio > 0.05
    labels: {owner: "team-{{ $labels.model }}"}
  - alert: ByValue
    expr: prediction_error_ratio > 0.05
    labels: {severity: "{{ if gt $value 0.5 }}critical{{ else }}info{{ end }}"}
"""
    judge = Judge(rules(tmp_path / "r.yml", text))
    (alert,) = judge.step(measure(0, 0.4), 0).transitions
    assert (alert.labels["owner"], alert.labels["team"]) == ("team-m", "ml")
    (by_value,) = judge.step(tick(1), 1).transitions
    assert (by_value.rule, by_value.severity) == ("ByValue", "info")
    judge.step(measure(1, 0.9), 2)
    changed = judge.step(tick(2), 3).transitions
    assert {(a.severity, a.state) for a in changed} == {
        ("info", "resolved"),
        ("critical", "firing"),
    }


@pytest.mark.parametrize(
    ("expr", "annotation"),
    [
        ('ALERTS{alertstate="firing"} > 0', ""),
        ("made > 0", "streamgauge_no_data: keep"),
        ("made > 0", "streamgauge_min_samples: '5'"),
    ],
)
def test_what_cannot_be_judged_is_said_when_the_judge_begins(
    tmp_path: Path, expr: str, annotation: str
) -> None:
    text = f"""
groups:
- name: g
  rules:
  - {{record: made, expr: sum(a)}}
  - {{alert: A, expr: '{expr}', annotations: {{{annotation}}}}}
"""
    with pytest.raises(InputError, match=r"r\.yml:6: group g, rule A: "):
        Judge(rules(tmp_path / "r.yml", text))
