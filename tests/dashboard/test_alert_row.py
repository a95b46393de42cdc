"""Alerts as people read them."""

import msgspec
import pytest

from streamgauge.contracts.alert import Ack
from streamgauge.dashboard.alert_row import Owner, firing, pending, recent, type_of
from streamgauge.dashboard.state import State, fold

from .sample import T0, alert


@pytest.mark.parametrize(
    ("expr", "type_"),
    [
        ("drift_signal == 1", "DRIFT_DETECTED"),
        ("prediction_error_ratio > 0.05", "PERFORMANCE_DEGRADED"),
        ('api_latency_seconds{quantile="0.95"} > 0.2', "PERFORMANCE_DEGRADED"),
        ("data_quality_pass_ratio < 0.95", "DATA_QUALITY_ISSUE"),
        ("service_up < 1", None),
    ],
)
def test_the_type_follows_from_what_the_rule_looks_at(expr: str, type_: str | None) -> None:
    assert type_of(alert(expr=expr)) == type_


def test_an_alert_from_outside_has_no_value() -> None:
    state = State()
    fold(state, alert(expr=""))
    assert [row.value for row in firing(state)] == [None]


def test_an_owner_is_the_owner_of_one_episode() -> None:
    state = State()
    fired = alert()
    name = f"{fired.fingerprint}-{fired.episode}"
    owned = Ack(
        id=name, fingerprint="f", episode=fired.episode, owner="Ada", ends_at=T0 + 1, note="disk"
    )
    for record in (fired, owned):
        fold(state, record)
    assert [row.owner for row in firing(state)] == [Owner("Ada", "disk", T0 + 1)]
    fold(state, msgspec.structs.replace(fired, episode=fired.episode + 1, updated_at=T0 + 2))
    assert [row.owner for row in firing(state)] == [None]


def test_the_worst_and_newest_alert_comes_first() -> None:
    state = State()
    for number, severity in enumerate(("info", "warning", "critical", "warning")):
        fold(state, alert(fingerprint=str(number), severity=severity, at=T0 + number))
    assert [row.fingerprint for row in firing(state)] == ["2", "3", "1", "0"]


def test_a_condition_that_went_away_before_its_time_is_no_longer_pending() -> None:
    state = State()
    fold(state, alert("pending"))
    assert [row.fingerprint for row in pending(state)] == ["f"]
    fold(state, msgspec.structs.replace(alert("pending", at=T0), updated_at=T0 + 9, ends_at=T0 + 9))
    assert pending(state) == []
    assert recent(state, T0) == []


def test_the_alert_that_ended_last_comes_first() -> None:
    state = State()
    for number in range(3):
        fold(state, alert("resolved", fingerprint=str(number), at=T0 + number))
    assert [row.fingerprint for row in recent(state, T0)] == ["2", "1", "0"]
