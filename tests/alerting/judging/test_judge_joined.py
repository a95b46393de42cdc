"""Rules about several series, or the past of one: judged when a window is whole."""

from pathlib import Path

import msgspec
import pytest
from tests.alerting.rule_text import MINUTE, measure, one_rule, rules, signal, tick

from streamgauge.alerting.judging.judge import Judge
from streamgauge.contracts.alert import Alert
from streamgauge.contracts.measure import AnyReading, Measure


def run(judge: Judge, *readings: AnyReading, start: int = 0) -> list[Alert]:
    return [a for n, one in enumerate(readings, start) for a in judge.step(one, n).transitions]


def states(alerts: list[Alert]) -> list[tuple[str, int]]:
    return [(alert.state, alert.updated_at // MINUTE) for alert in alerts]


def part(reading: Measure, **labels: str) -> Measure:
    return msgspec.structs.replace(reading, labels=reading.labels | labels)


def test_a_sum_is_judged_when_the_tick_has_passed_the_window(tmp_path: Path) -> None:
    judge = Judge(one_rule(tmp_path / "r.yml", "sum(prediction_error_ratio) > 0.5"))
    readings: list[AnyReading] = [measure(0, 0.3, model="a"), measure(0, 0.3, model="b")]
    assert run(judge, *readings, tick(0.9)) == []
    (alert,) = run(judge, tick(1.5), start=3)
    assert alert.labels == {"alertname": "A", "severity": "warning"}
    assert (alert.state, alert.updated_at, alert.value) == ("firing", MINUTE, 0.6)
    assert (alert.evidence["threshold"], alert.evidence["comparison"]) == (0.5, ">")


def test_a_window_is_a_span_for_joined_rules_too(tmp_path: Path) -> None:
    path = tmp_path / "r.yml"
    by_one = Judge(one_rule(path, "prediction_error_ratio > 0.5", **{"for": "3m"}))
    by_sum = Judge(one_rule(path, "sum(prediction_error_ratio) > 0.5", **{"for": "3m"}))
    readings: list[AnyReading] = [
        it for n in range(5) for it in (measure(n, 0.9 if n < 4 else 0), tick(n + 1))
    ]
    alone, joined = run(by_one, *readings), run(by_sum, *readings)
    assert states(alone) == states(joined) == [("pending", 1), ("firing", 3), ("resolved", 5)]
    assert [a.starts_at for a in alone] == [a.starts_at for a in joined]


def test_a_total_counts_wholes_and_parts_only_where_they_are_named(tmp_path: Path) -> None:
    whole = measure(0, 1.0)
    readings: list[AnyReading] = [
        whole,
        part(whole, region="eu"),
        part(whole, region="us"),
        tick(1),
    ]
    (total,) = run(
        Judge(one_rule(tmp_path / "r.yml", "sum(prediction_error_ratio) > 0")), *readings
    )
    assert total.value == 1
    expr = "'sum by (region) (prediction_error_ratio{region!=\"\"}) > 0'"
    parts = run(Judge(one_rule(tmp_path / "r.yml", expr)), *readings)
    assert sorted(alert.labels["region"] for alert in parts) == ["eu", "us"]


def test_several_ends_are_judged_in_order(tmp_path: Path) -> None:
    judge = Judge(one_rule(tmp_path / "r.yml", "sum(prediction_error_ratio) > 0.5"))
    readings: list[AnyReading] = [tick(0), *(measure(n, n % 2) for n in range(5)), tick(5)]
    assert states(run(judge, *readings)) == [
        ("firing", 2),
        ("resolved", 3),
        ("firing", 4),
        ("resolved", 5),
    ]


# research/alerting.md, case 25: a stale marker after three silent windows, then `for`.
def test_what_is_silent_is_absent_after_three_windows(tmp_path: Path) -> None:
    judge = Judge(one_rule(tmp_path / "r.yml", "absent(prediction_error_ratio)", **{"for": "2m"}))
    readings: list[AnyReading] = [
        measure(0, 0.1),
        *(tick(n) for n in range(1, 8)),
        measure(7, 0.1),
        tick(8),
    ]
    assert states(run(judge, *readings)) == [("pending", 4), ("firing", 5), ("resolved", 8)]


def test_a_range_sees_closed_windows_of_one_series(tmp_path: Path) -> None:
    judge = Judge(one_rule(tmp_path / "r.yml", "avg_over_time(prediction_error_ratio[3m]) > 0.5"))
    readings: list[AnyReading] = [
        measure(0, 0.9, model="b"),
        *(measure(n, v) for n, v in enumerate([0.0, 0.6, 0.9, 0.9])),
        measure(4, 0.0, final=False),
        measure(4, 0.0),
    ]
    told = run(judge, *readings)
    assert [(a.labels["model"], a.state, a.position) for a in told] == [
        ("b", "firing", 0),
        ("m", "firing", 4),
    ]
    assert told[1].value == pytest.approx(0.8)


def test_arithmetic_sees_open_windows_with_enough_samples(tmp_path: Path) -> None:
    judge = Judge(one_rule(tmp_path / "r.yml", "prediction_error_ratio * 100 > 5"))
    few = measure(0, 0.5, final=False, revision=1, samples=19, second=2)
    enough = measure(0, 0.5, final=False, revision=2, samples=20, second=3)
    (alert,) = run(judge, few, enough)
    assert (alert.starts_at, alert.value, alert.position) == (3_000, 50.0, 1)


def test_a_signal_lasts_in_joined_rules_however_long_it_is_silent(tmp_path: Path) -> None:
    expr = "count(drift_signal == 1) > 0"
    judge = Judge(one_rule(tmp_path / "r.yml", expr))
    told = run(judge, signal(1, active=True), *(tick(n) for n in range(1, 60)))
    assert states(told) == [("firing", 1)]
    assert states(run(judge, signal(60, active=False), tick(60), start=90)) == [("resolved", 60)]


def test_recorded_series_are_seen_by_the_rules_below(tmp_path: Path) -> None:
    text = """
groups:
- name: g
  rules:
  - {record: "errors:max", expr: max by (model) (prediction_error_ratio)}
  - {alert: A, expr: "errors:max > 0.5"}
  - {alert: Trend, expr: "max_over_time(errors:max[3m]) > 0.5"}
"""
    judge = Judge(rules(tmp_path / "r.yml", text))
    readings: list[AnyReading] = [
        it for n, v in enumerate([0.9, 0.1]) for it in (measure(n, v), tick(n + 1))
    ]
    told = run(judge, *readings)
    assert [(a.rule, a.state, a.position) for a in told if a.rule == "A"] == [
        ("A", "firing", 1),
        ("A", "resolved", 3),
    ]
    assert [(a.rule, a.state) for a in told if a.rule == "Trend"] == [("Trend", "firing")]
    assert told[0].labels["model"] == "m"


def test_a_rule_without_series_fires_always_and_says_each_minute_that_it_lives(
    tmp_path: Path,
) -> None:
    judge = Judge(one_rule(tmp_path / "r.yml", "vector(1)"))
    told = [judge.step(tick(n / 4), n) for n in range(17)]
    (alert,) = [a for one in told for a in one.transitions]
    updates = [a for one in told for a in one.updates]
    assert (alert.state, alert.updated_at) == ("firing", 0)
    assert [a.updated_at // MINUTE for a in updates] == [1, 2, 3, 4]
    assert [a.evidence["at"] for a in updates] == [a.updated_at for a in updates]
    assert {a.id for a in updates} == {alert.id}


def test_a_rule_that_has_no_result_leaves_its_alerts_and_other_rules(tmp_path: Path) -> None:
    text = """
groups:
- name: g
  rules:
  - {alert: Many, expr: "a * on (version) b > 0"}
  - {alert: Good, expr: sum(a) > 0}
"""
    judge = Judge(rules(tmp_path / "r.yml", text))
    fine: list[AnyReading] = [
        measure(0, 1.0, name="a", model="x"),
        measure(0, 1.0, name="b", model="x"),
        tick(1),
    ]
    assert {a.rule for a in run(judge, *fine)} == {"Many", "Good"}
    twice = [measure(1, 1.0, name=name, model=model) for name in ("a", "b") for model in ("x", "y")]
    for n, reading in enumerate(twice, 3):
        judge.step(reading, n)
    told = judge.step(tick(2), 7)
    assert told.transitions == []
    assert [fault.rule for fault in told.faults] == ["Many"]
    assert len(judge.firing()) == 2
    assert judge.step(tick(2.5), 8).faults == []
    assert judge.faults == {"Many": 1}


def test_a_window_of_its_own_is_a_label_where_the_rule_names_it(tmp_path: Path) -> None:
    expr = "'sum by (model, window) (prediction_error_ratio{window=~\"1m|5m\"}) > 0.5'"
    judge = Judge(one_rule(tmp_path / "r.yml", expr))
    long = msgspec.structs.replace(
        measure(0, 0.9), window="5m", base=False, start=-4 * MINUTE, end=MINUTE
    )
    told = run(judge, measure(0, 0.9), long, tick(1))
    assert sorted(alert.labels["window"] for alert in told) == ["1m", "5m"]


def test_a_stream_that_was_dead_for_a_week_is_not_lived_again(tmp_path: Path) -> None:
    judge = Judge(one_rule(tmp_path / "r.yml", "vector(1)"))
    run(judge, tick(1))
    assert len(judge.step(tick(7 * 1440), 1).updates) == 1_441
