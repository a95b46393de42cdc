"""The stage judge over Kafka: what it remembers across kill -9, and in which order it writes."""

from functools import partial
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Producer
from tests.alerting.rule_text import MINUTE, measure, rules, signal, tick
from tests.conftest import wait_until
from tests.process import running
from tests.stream_processors import records

from streamgauge.alerting.judging.judge import Judge
from streamgauge.contracts.alert import Alert
from streamgauge.contracts.codec import encode
from streamgauge.contracts.measure import AnyReading
from streamgauge.embedded import free_port
from streamgauge.settings import Alerting, Settings, Worker
from streamgauge.stream_processors import rewind
from streamgauge.stream_processors.alert_line import AlertLine
from streamgauge.stream_processors.judge import Judging
from streamgauge.stream_processors.outbox import Outbox

pytestmark = pytest.mark.kafka
RULES = """
groups:
- name: g
  rules:
  - {alert: Held, expr: prediction_error_ratio > 0.5, for: 5m}
  - {alert: Kept, expr: prediction_error_ratio > 0.5, for: 2m, keep_firing_for: 3m}
  - {alert: Ranged, expr: "avg_over_time(prediction_error_ratio[10m]) > 0.4"}
  - {alert: Flaps, expr: prediction_error_ratio > 0.5, annotations: {streamgauge_flap: 0.2/0.3}}
  - {record: "errors:max", expr: max(prediction_error_ratio)}
  - {alert: Trend, expr: "max_over_time(errors:max[5m]) > 0.8", for: 1m}
  - {alert: Drift, expr: drift_signal == 1, for: 3m, keep_firing_for: 2m}
  - {alert: Watchdog, expr: vector(1)}
"""
# Bad for 8 minutes, well for 6, restless for 12, then well.
VALUES = [0.9] * 8 + [0.1] * 6 + [0.9, 0.1] * 6 + [0.1] * 14


def stream() -> list[AnyReading]:
    readings: list[AnyReading] = []
    for minute, value in enumerate(VALUES):
        readings.append(measure(minute, value))
        if minute in (3, 9):
            readings.append(signal(minute, active=minute == 3))
        readings.append(tick(minute + 1))
    return readings


def settings_of(base: Settings, tmp_path: Path) -> Settings:
    (tmp_path / "rules.yml").write_text(RULES)
    return msgspec.structs.replace(
        base,
        alerting=Alerting(rules=(tmp_path / "rules.yml",)),
        worker=Worker(port=free_port(), datadir=tmp_path / "worker", instance="one"),
    )


def produce(settings: Settings, readings: list[AnyReading]) -> None:
    producer = Producer(settings.kafka.confluent())
    for reading in readings:
        producer.produce("measures", encode(reading), partition=0)
    assert producer.flush(60) == 0


def judged(tmp_path: Path, readings: list[AnyReading]) -> tuple[list[Alert], dict[str, Alert]]:
    """The transitions, and the newest record of each alert, as one judge tells them in peace."""
    judge = Judge(rules(tmp_path / "rules.yml", RULES))
    told = [judge.step(reading, n) for n, reading in enumerate(readings)]
    state = {a.fingerprint: a for one in told for a in (*one.transitions, *one.updates)}
    return [alert for one in told for alert in one.transitions], state


def state(settings: Settings) -> dict[str, Alert]:
    return {alert.fingerprint: alert for alert in records.of(settings, "alert-state", Alert)}


def has_told(settings: Settings, count: int) -> bool:
    return len(records.alerts(settings)) >= count


def test_a_judge_that_is_killed_goes_on_as_if_it_had_not_been(
    deployment: Settings, tmp_path: Path
) -> None:
    settings = settings_of(deployment, tmp_path)
    readings = stream()
    whole, newest = judged(tmp_path, readings)
    assert {alert.rule for alert in whole} >= {"Held", "Kept", "Ranged", "Flaps", "Trend", "Drift"}
    sent = 0
    # While one is pending and others fire, and while one is kept and one flaps.
    for cut in (8, 36, len(readings)):
        produce(settings, readings[sent:cut])
        sent = cut
        expected, _ = judged(tmp_path, readings[:cut])
        with running(settings, tmp_path, "worker", "judge", "--no-supervised"):
            wait_until(partial(has_told, settings, len(expected)), 45, "alerts")
            if cut == len(readings):
                wait_until(lambda: state(settings) == newest, 30, "the newest states")
    assert [encode(alert) for alert in records.alerts(settings)] == [encode(a) for a in whole]


def test_a_restart_reads_back_as_far_as_the_rules_look(
    deployment: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewind, "LEAST", 10)
    settings = settings_of(deployment, tmp_path)
    readings = stream()
    produce(settings, readings)
    end = len(readings)
    few = rewind.how_many(settings.kafka, "measures", end, 3 * MINUTE)
    some = rewind.how_many(settings.kafka, "measures", end, 15 * MINUTE)
    assert (few, some) == (10, 40)
    assert rewind.how_many(settings.kafka, "measures", end, 1_000 * MINUTE) >= end
    assert rewind.how_many(settings.kafka, "measures", 0, MINUTE) == 10


def test_a_state_is_written_when_its_transition_is_there(
    deployment: Settings, tmp_path: Path
) -> None:
    settings = settings_of(deployment, tmp_path)
    outbox = Outbox(settings.kafka, "test")
    line = AlertLine(outbox)
    (first, *_), _ = judged(tmp_path, stream())
    newer = msgspec.structs.replace(first, value=7.0)
    line.tell(first)
    line.refresh(newer)
    assert outbox.flush(60)
    assert records.alerts(settings) == [first]
    assert records.of(settings, "alert-state", Alert) == [first, newer]


def test_a_rule_that_is_gone_ends_its_alerts_after_a_restart(
    deployment: Settings, tmp_path: Path
) -> None:
    settings = settings_of(deployment, tmp_path)
    before = Judging(settings)
    bench = before.follow(0, 0)
    for offset, reading in enumerate(stream()[:18]):
        bench.step(encode(reading), offset)
    assert before.outbox.flush(60)
    (tmp_path / "rules.yml").write_text("groups: [{name: g, rules: [{alert: B, expr: b > 1}]}]")
    produce(settings, stream()[:18])
    after = Judging(settings)
    after.follow(0, 18).step(encode(tick(9.5)), 18)
    assert after.outbox.flush(60)
    left = state(settings)
    assert all(alert.ends_at is not None for alert in left.values())
    gone = {alert.rule for alert in left.values() if alert.evidence.get("reason")}
    assert gone == {"Drift", "Kept", "Ranged", "Trend", "Watchdog"}
    assert {alert.evidence.get("reason") for alert in left.values()} == {None, "its rule is gone"}
