"""Alerts as people read them: what, how bad, since when, and of which kind."""

from typing import cast, get_args

import msgspec

from streamgauge.contracts.alert import Ack, Alert
from streamgauge.contracts.event import Labels
from streamgauge.contracts.measure import Finding
from streamgauge.dashboard.state import State

HOUR = 3_600_000
_DRIFT = ("drift_signal", "drift_score", "_psi")
_QUALITY = ("quality_signal", "data_quality", "feature_null", "unseen", "type_error")
_PERFORMANCE = ("performance_signal", "model_", "prediction_", "api_latency")
_ORDER = {"critical": 0, "error": 1, "warning": 2, "info": 3}


class Owner(msgspec.Struct, frozen=True):
    """Who takes care of an alert, and until when."""

    name: str
    note: str
    until: int


class AlertRow(msgspec.Struct, frozen=True, kw_only=True):
    """One alert. Times are event times in milliseconds; `type` is null where none applies.

    `value` is null of an alert from outside. An `owner` whose time is over owns it no more.
    """

    fingerprint: str
    rule: str
    type: Finding | None
    state: str
    severity: str
    labels: Labels
    summary: str
    description: str
    runbook: str | None
    expr: str
    value: float | None
    starts_at: int
    updated_at: int
    ends_at: int | None
    episode: int
    samples: int
    completeness: float
    owner: Owner | None


def firing(state: State) -> list[AlertRow]:
    """The alerts that hold now, the worst and then the newest first."""
    return _rows(state, "firing")


def pending(state: State) -> list[AlertRow]:
    """The alerts whose condition holds, but not yet for long enough."""
    return _rows(state, "pending")


def recent(state: State, now: int, within: int = HOUR) -> list[AlertRow]:
    """The alerts that ended lately, the last one first."""
    rows = [alert_row(alert, None) for alert in state.resolved.values()]
    fresh = [row for row in rows if (row.ends_at or row.updated_at) > now - within]
    return sorted(fresh, key=lambda row: -(row.ends_at or row.updated_at))


def alert_row(alert: Alert, ack: Ack | None) -> AlertRow:
    """A row; an acknowledgement that was withdrawn names no owner."""
    notes = alert.annotations
    return AlertRow(
        fingerprint=alert.fingerprint,
        rule=alert.rule,
        type=type_of(alert),
        state=alert.state,
        severity=alert.severity.lower(),
        labels=alert.labels,
        summary=notes.get("summary") or alert.rule,
        description=notes.get("description", ""),
        runbook=notes.get("runbook_url") or notes.get("runbook"),
        expr=alert.expr,
        value=alert.value if alert.expr else None,
        starts_at=alert.starts_at,
        updated_at=alert.updated_at,
        ends_at=alert.ends_at,
        episode=alert.episode,
        samples=alert.samples,
        completeness=alert.completeness,
        owner=Owner(ack.owner, ack.note, ack.ends_at) if ack else None,
    )


def type_of(alert: Alert) -> Finding | None:
    """The kind of trouble, from what the rule's expression looks at; a dead service has none."""
    if (found := alert.evidence.get("finding")) in get_args(Finding):
        return cast("Finding", found)
    if any(name in alert.expr for name in _DRIFT):
        return "DRIFT_DETECTED"
    if any(name in alert.expr for name in _QUALITY):
        return "DATA_QUALITY_ISSUE"
    if any(name in alert.expr for name in _PERFORMANCE):
        return "PERFORMANCE_DEGRADED"
    return None


def _rows(state: State, wanted: str) -> list[AlertRow]:
    # A condition that went away before its time is told as pending with an end.
    rows = [
        alert_row(alert, state.acks.get(alert.episode_id))
        for alert in state.alerts.values()
        if alert.state == wanted and alert.ends_at is None
    ]
    return sorted(rows, key=lambda row: (_ORDER.get(row.severity, 9), -row.starts_at, row.rule))
