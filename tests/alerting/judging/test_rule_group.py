"""Groups against what Prometheus' own tests expect, and against promtool."""

import subprocess
from pathlib import Path

import pytest

from streamgauge.alerting.judging.rule_group import ActiveAlert, RuleGroup
from streamgauge.alerting.promql.evaluate import evaluate
from streamgauge.alerting.promql.parse import parse
from streamgauge.alerting.promql.store import Store
from streamgauge.alerting.rules.reader import load_groups

MINUTE = 60_000


class Bench:
    """One group, its store and its clock."""

    def __init__(self, path: Path, text: str, head: str = "") -> None:
        path.write_text(f"groups:\n- name: g\n  {head}\n  rules:\n{text}")
        (group,) = load_groups([path])
        self.group = RuleGroup(group.rules, group.query_offset)
        self.store = Store()

    def put(self, minute: int, value: float | None, **labels: str) -> None:
        series = {"__name__": "v", **labels}
        if value is None:
            self.store.mark_stale(series, minute * MINUTE)
        else:
            self.store.append(series, minute * MINUTE, value)

    def at(self, minute: int) -> list[ActiveAlert]:
        return self.group.evaluate(minute * MINUTE, self.store)

    def count(self, text: str, minute: int) -> int:
        return len(evaluate(parse(text), self.store, minute * MINUTE))


def test_it_keeps_firing_and_writes_its_alerts_as_series(tmp_path: Path) -> None:
    # rules/alerting_test.go TestKeepFiringFor.
    bench = Bench(
        tmp_path / "r.yml",
        "  - {alert: A, expr: v > 50, for: 1m, keep_firing_for: 1m}\n",
    )
    states = []
    for minute, value in enumerate([75, 85, 70, 70, 10, 10]):
        bench.put(minute, value)
        states.append([alert.state for alert in bench.at(minute)])
        pending, firing = (
            bench.count(f'ALERTS{{alertname="A", alertstate="{state}"}}', minute)
            for state in ("pending", "firing")
        )
        assert [pending, firing] == [states[-1].count("pending"), states[-1].count("firing")]
    assert states == [["pending"], *[["firing"]] * 4, []]


def test_what_fires_has_the_newest_value_and_texts(tmp_path: Path) -> None:
    text = """
  - alert: A
    expr: v > 1
    labels: {tier: "{{ if gt $value 5.0 }}high{{ else }}low{{ end }}", model: x}
    annotations: {summary: "{{ $labels.model }} {{ $value }}"}
"""
    bench = Bench(tmp_path / "r.yml", text, "labels: {team: ml}")
    bench.put(0, 2, model="m")
    (alert,) = bench.at(0)
    assert alert.labels == {"alertname": "A", "model": "x", "team": "ml", "tier": "low"}
    assert (alert.annotations, alert.active_at) == ({"summary": "m 2"}, 0)
    bench.put(1, 3, model="m")
    (alert,) = bench.at(1)
    assert (alert.annotations, alert.active_at, alert.value) == ({"summary": "m 3"}, 0, 3.0)


def test_one_label_set_twice_is_an_error_of_that_rule_only(tmp_path: Path) -> None:
    # rules/alerting_test.go TestAlertingRuleDuplicate.
    text = """
  - {alert: Twice, expr: v > 0, labels: {a: same}}
  - {alert: Good, expr: v > 0}
"""
    bench = Bench(tmp_path / "r.yml", text)
    bench.put(0, 1, a="1")
    assert [alert.rule for alert in bench.at(0)] == ["Twice", "Good"]
    bench.put(1, 1, a="1")
    bench.put(1, 1, a="2")
    assert [alert.rule for alert in bench.at(1)] == ["Twice", "Good", "Good"]
    assert list(bench.group.errors) == [0]
    assert "labelset after applying alert labels" in bench.group.errors[0]


def test_more_than_the_limit_is_an_error_and_drops_all(tmp_path: Path) -> None:
    # rules/alerting_test.go TestAlertingRuleLimit.
    bench = Bench(tmp_path / "r.yml", "  - {alert: A, expr: v > 0}\n", "limit: 1")
    bench.put(0, 1, a="1")
    assert len(bench.at(0)) == 1
    bench.put(1, 1, a="2")
    assert bench.at(1) == []
    assert bench.group.errors == {0: "exceeded limit of 1 with 2 alerts"}


def test_recorded_series_are_seen_by_later_rules_and_go_stale(tmp_path: Path) -> None:
    text = """
  - {record: "v:sum", expr: sum by (a) (v), labels: {made: "1"}}
  - {alert: A, expr: "v:sum > 1"}
"""
    bench = Bench(tmp_path / "r.yml", text)
    bench.put(0, 1, a="1", b="1")
    bench.put(0, 1, a="1", b="2")
    (alert,) = bench.at(0)
    assert alert.labels == {"alertname": "A", "a": "1", "made": "1"}
    bench.put(1, None, a="1", b="1")
    bench.put(1, None, a="1", b="2")
    assert bench.at(1) == []
    assert bench.count("v:sum", 1) == 0


def test_a_query_offset_looks_back(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "r.yml", "  - {alert: A, expr: v > 0}\n", "query_offset: 1m")
    bench.put(1, 1)
    assert bench.at(1) == []
    assert [alert.active_at for alert in bench.at(2)] == [2 * MINUTE]
    assert bench.count("ALERTS", 1) == 1


@pytest.mark.prometheus
def test_promtool_agrees_about_absence_staleness_and_for(tmp_path: Path, promtool: str) -> None:
    # research/alerting.md, case 25; values `1 2 3 stale _ _ 1`.
    rules = "  - {alert: Gone, expr: absent(v), for: 2m, keep_firing_for: 1m}\n"
    bench = Bench(tmp_path / "r.yml", rules)
    told = []
    for minute, value in enumerate([1, 2, 3, None, None, None, 1, 1]):
        if value is not None or minute == 3:
            bench.put(minute, value)
        told.append([alert.state for alert in bench.at(minute)])
    assert told == [[], [], [], ["pending"], ["pending"], ["firing"], ["firing"], []]
    tests = "".join(
        f"  - expr: ALERTS\n    eval_time: {minute}m\n    exp_samples:"
        + (
            f'\n    - labels: \'ALERTS{{alertname="Gone", alertstate="{states[0]}"}}\'\n'
            "      value: 1\n"
            if states
            else " []\n"
        )
        for minute, states in enumerate(told)
    )
    (tmp_path / "t.yml").write_text(
        "rule_files: [r.yml]\ntests:\n- interval: 1m\n  input_series:\n"
        f"  - {{series: v, values: '1 2 3 stale _ _ 1 1'}}\n  promql_expr_test:\n{tests}"
    )
    done = subprocess.run(
        [promtool, "test", "rules", tmp_path / "t.yml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
