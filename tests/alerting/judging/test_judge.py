"""What the judge promises, on hand-made readings; test_judge_replay.py tries random ones."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from tests.alerting.rule_text import MINUTE, measure, one_rule, rules, signal, tick

from streamgauge.alerting.judging.judge import Judge
from streamgauge.alerting.judging.observation import SIGNALS
from streamgauge.contracts.alert import Alert
from streamgauge.contracts.measure import AnyReading, Finding, Part

ERRORS = "prediction_error_ratio > 0.05"


def run(judge: Judge, readings: Sequence[AnyReading], start: int = 0) -> list[Alert]:
    return [
        alert
        for n, reading in enumerate(readings, start)
        for alert in judge.step(reading, n).transitions
    ]


def states(alerts: list[Alert]) -> list[str]:
    return [alert.state for alert in alerts]


@pytest.fixture
def held(tmp_path: Path) -> Judge:
    return Judge(one_rule(tmp_path / "r.yml", ERRORS, **{"for": "3m"}))


@pytest.fixture
def at_once(tmp_path: Path) -> Judge:
    return Judge(one_rule(tmp_path / "r.yml", ERRORS))


def test_a_rule_with_for_fires_when_closed_windows_span_it(held: Judge) -> None:
    told = run(held, [measure(n, 0.5) for n in range(4)])
    assert [(a.state, a.updated_at, a.position) for a in told] == [
        ("pending", 1 * MINUTE, 0),
        ("firing", 3 * MINUTE, 2),
    ]
    assert told[1].starts_at == 0
    assert told[1].id == f"{told[1].fingerprint}-1-firing"


def test_open_windows_do_not_count_for_a_rule_with_for(held: Judge) -> None:
    assert run(held, [measure(n, 0.5, final=False) for n in range(9)]) == []


def test_a_gap_starts_the_hold_again(held: Judge) -> None:
    told = run(held, [measure(n, 0.5) for n in (0, 1, 3, 4, 5)])
    assert [(a.state, a.episode, a.starts_at) for a in told] == [
        ("pending", 1, 0),
        ("pending", 2, 3 * MINUTE),
        ("firing", 2, 3 * MINUTE),
    ]


def test_a_pending_alert_that_never_fires_ends_without_resolved(held: Judge) -> None:
    told = run(held, [measure(0, 0.5), measure(1, 0.0), measure(2, 0.5)])
    assert [(a.state, a.ends_at, a.episode) for a in told] == [
        ("pending", None, 1),
        ("pending", 2 * MINUTE, 1),
        ("pending", None, 2),
    ]
    assert len({a.id for a in told}) == 3


def test_it_resolves_in_the_first_closed_window_that_is_well(held: Judge) -> None:
    told = run(held, [*(measure(n, 0.5) for n in range(5)), measure(5, 0.01)])
    assert states(told) == ["pending", "firing", "resolved"]
    assert (told[-1].value, told[-1].ends_at, told[-1].starts_at) == (0.01, 6 * MINUTE, 0)


def test_a_revision_of_an_older_window_never_fires(held: Judge, at_once: Judge) -> None:
    well = [measure(n, 0.0) for n in range(6)]
    late = [measure(n, 0.9, revision=20) for n in range(5)]
    assert run(held, [*well, *late]) == []
    assert run(at_once, [*well, *late]) == []


def test_an_open_window_fires_at_once_with_enough_samples(at_once: Judge) -> None:
    few = measure(0, 0.5, final=False, revision=1, samples=19, second=2)
    enough = measure(0, 0.5, final=False, revision=2, samples=20, second=3)
    told = run(at_once, [few, enough])
    assert [(a.state, a.starts_at, a.samples) for a in told] == [("firing", 3_000, 20)]


def test_the_window_that_fired_does_not_waver(at_once: Judge) -> None:
    readings = [
        measure(0, share, final=False, revision=n, second=n)
        for n, share in enumerate([0.5, 0.04, 0.06, 0.01], 1)
    ]
    assert states(run(at_once, readings)) == ["firing"]
    assert states(run(at_once, [measure(0, 0.01)], 9)) == ["resolved"]


def test_an_open_later_window_resolves_with_enough_samples(at_once: Judge) -> None:
    told = run(
        at_once,
        [
            measure(0, 0.5, final=False),
            measure(1, 0.0, final=False, samples=3, revision=1),
            measure(1, 0.0, final=False, samples=60, revision=2),
            # The bad window closes after the good one opened: it is old news.
            measure(0, 0.5),
        ],
    )
    assert [(a.state, a.position) for a in told] == [("firing", 0), ("resolved", 2)]


def test_a_silent_series_ends_after_three_windows_of_event_time(at_once: Judge) -> None:
    told = run(at_once, [measure(0, 0.5), tick(1), tick(3), tick(4.9), tick(5), tick(6)])
    assert [(a.state, a.position) for a in told] == [("firing", 0), ("resolved", 4)]
    assert told[1].evidence["reason"] == "no data for 3 windows"


def test_a_service_without_heartbeats_fires(tmp_path: Path) -> None:
    judge = Judge(one_rule(tmp_path / "r.yml", "service_up < 0.5", **{"for": "2m"}))
    down = [measure(n, 0.0, name="service_up", samples=0) for n in range(2)]
    assert states(run(judge, down)) == ["pending", "firing"]


def test_a_signal_holds_until_it_is_withdrawn(tmp_path: Path) -> None:
    judge = Judge(one_rule(tmp_path / "r.yml", "drift_signal == 1", **{"for": "3m"}))
    told = run(
        judge, [signal(1, active=True), tick(2), tick(4), tick(400), signal(401, active=False)]
    )
    assert [(a.state, a.position) for a in told] == [
        ("pending", 0),
        ("firing", 2),
        ("resolved", 4),
    ]
    assert told[1].evidence["before"] == 0.04
    assert told[1].labels["stream"] == "latency"


@pytest.mark.parametrize("finding", sorted(SIGNALS))
def test_each_finding_is_a_signal_of_its_own_with_what_it_is_made_of(
    tmp_path: Path, finding: Finding
) -> None:
    judge = Judge(one_rule(tmp_path / "r.yml", f"{SIGNALS[finding]} == 1"))
    seen = msgspec.structs.replace(
        signal(1, active=True),
        finding=finding,
        text="min_score went up",
        reference="abc",
        parts=[Part(name="min_score", share=0.75, score=3.0), Part(name="x", share=0.25, score=1)],
        sample=["p1", "p2"],
    )
    (alert,) = run(judge, [seen])
    assert alert.evidence["finding"] == finding
    assert alert.evidence["text"] == "min_score went up"
    assert alert.evidence["parts"] == "min_score 75%, x 25%"
    assert alert.evidence["predictions"] == "p1, p2"
    assert alert.evidence["reference"] == "abc"
    others = [Judge(one_rule(tmp_path / "r.yml", f"{SIGNALS[name]} == 1")) for name in SIGNALS]
    assert sum(len(run(other, [seen])) for other in others) == 1


def test_a_signal_of_a_part_is_for_rules_that_name_its_dimension(tmp_path: Path) -> None:
    seen = signal(1, active=True)
    part = msgspec.structs.replace(seen, labels=seen.labels | {"region": "eu"})
    assert run(Judge(one_rule(tmp_path / "r.yml", "drift_signal == 1")), [part]) == []
    named = Judge(one_rule(tmp_path / "r.yml", 'drift_signal{region=~".+"} == 1'))
    assert len(run(named, [part])) == 1


def test_labels_are_those_of_series_value_rule_and_alertname(tmp_path: Path) -> None:
    name = 'prediction_latency_seconds{quantile="0.95"}'
    text = f"""
groups:
- name: g
  rules:
  - alert: Slow
    expr: {name} > 0.1
    labels: {{severity: critical, team: ml}}
    annotations: {{summary: "{{{{ $labels.model }}}} takes {{{{ $value | humanizeDuration }}}}"}}
"""
    (alert,) = run(Judge(rules(tmp_path / "r.yml", text)), [measure(0, 0.25, name=name)])
    assert alert.labels == {
        "alertname": "Slow",
        "model": "m",
        "quantile": "0.95",
        "severity": "critical",
        "team": "ml",
        "version": "1",
    }
    assert alert.annotations["summary"] == "m takes 250ms"
    assert (alert.severity, alert.evidence["threshold"]) == ("critical", 0.1)


def test_matchers_choose_series_and_windows(tmp_path: Path) -> None:
    expr = '\'prediction_error_ratio{model=~"a|b",window="1m"} > 0.05\''
    judge = Judge(one_rule(tmp_path / "r.yml", expr))
    told = run(judge, [measure(0, 0.5, model=name) for name in ("a", "ab", "b", "c")])
    assert [a.labels["model"] for a in told] == ["a", "b"]
    other = msgspec.structs.replace(measure(0, 0.5, model="a"), window="5m")
    assert run(Judge(one_rule(tmp_path / "r.yml", expr)), [other]) == []


def test_nan_neither_fires_nor_blinds(at_once: Judge) -> None:
    told = run(at_once, [measure(0, float("nan")), measure(1, 0.5)])
    assert [(a.state, a.position) for a in told] == [("firing", 1)]


def test_a_restart_does_not_end_what_has_fired_long_ago(tmp_path: Path) -> None:
    path = tmp_path / "r.yml"
    fired = run(Judge(one_rule(path, ERRORS)), [measure(0, 0.5)])
    judge = Judge(one_rule(path, ERRORS))
    judge.restore(fired)
    assert [a.id for a in judge.firing()] == [a.id for a in fired]
    assert run(judge, [tick(500), measure(499, 0.5), tick(501)], 700) == []
    assert states(run(judge, [tick(504)], 710)) == ["resolved"]


def test_an_alert_whose_rule_is_gone_resolves_with_the_next_tick(tmp_path: Path) -> None:
    fired = run(Judge(one_rule(tmp_path / "r.yml", ERRORS)), [measure(0, 0.5)])
    judge = Judge([])
    judge.restore(fired)
    (alert,) = run(judge, [tick(2)], 9)
    assert (alert.state, alert.evidence["reason"]) == ("resolved", "its rule is gone")
