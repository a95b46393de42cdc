"""A notice in Alertmanager's words: what webhooks receive and templates are given."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from streamgauge.alerting import instant
from streamgauge.alerting.routing.notice import Notice
from streamgauge.contracts.alert import Alert

# Go's zero time: what Alertmanager writes for an alert that has not ended.
_NEVER = "0001-01-01T00:00:00Z"


def as_data(notice: Notice, external_url: str, most: int = 0) -> dict[str, Any]:
    """Alertmanager's webhook JSON, version 4, and what only we know of an alert beside it.

    `most` alerts are in it, 0 for all; `truncatedAlerts` counts the others.
    """
    alerts = notice.alerts[:most] if most else notice.alerts
    return {
        "version": "4",
        "groupKey": notice.group,
        "truncatedAlerts": len(notice.alerts) - len(alerts),
        "status": "firing" if notice.fires else "resolved",
        "receiver": notice.receiver,
        "groupLabels": dict(notice.labels),
        "commonLabels": _shared([alert.labels for alert in alerts]),
        "commonAnnotations": _shared([alert.annotations for alert in alerts]),
        "externalURL": external_url,
        "alerts": [_alert(alert) for alert in alerts],
        "reason": notice.reason,
        "why": notice.why,
        "text": notice.text,
        "key": notice.key,
        "episode": notice.episode,
        "muted": notice.muted,
    }


def rfc3339(ts: int) -> str:
    """Milliseconds since 1970 as Alertmanager writes a time.

    >>> rfc3339(1_760_000_000_123)
    '2025-10-09T08:53:20.123Z'
    """
    try:
        return instant.show(ts)
    except OverflowError:
        return _NEVER


def _alert(alert: Alert) -> dict[str, Any]:
    over = alert.state == "resolved" and alert.ends_at is not None
    return {
        "status": alert.state,
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "startsAt": rfc3339(alert.starts_at),
        "endsAt": rfc3339(alert.ends_at) if over and alert.ends_at is not None else _NEVER,
        "generatorURL": alert.generator_url,
        "fingerprint": alert.fingerprint,
        "value": _finite(alert.value),
        "value_at_fire": _finite(alert.value_at_fire),
        "peak": _finite(alert.peak),
        "evidence": {
            name: _finite(value) if isinstance(value, float) else value
            for name, value in alert.evidence.items()
        },
        "episode": alert.episode,
        "expr": alert.expr,
        "rule": alert.rule,
        "severity": alert.severity,
        "flapping": alert.flapping,
        "completeness": alert.completeness,
        "samples": alert.samples,
    }


def _finite(value: float | None) -> float | str | None:
    """JSON has no NaN and no infinity; they are told as texts."""
    return value if value is None or math.isfinite(value) else str(value)


def _shared(all_of: Sequence[Mapping[str, str]]) -> dict[str, str]:
    if not all_of:
        return {}
    shared = dict(all_of[0])
    for one in all_of[1:]:
        shared = {name: value for name, value in shared.items() if one.get(name) == value}
        if not shared:
            break
    return shared
