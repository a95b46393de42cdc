"""A notice as the dispatcher hands it over."""

from typing import Any

from streamgauge.alerting.routing.notice import Notice
from streamgauge.contracts.alert import Alert


def notice(*alerts: Alert, **changes: Any) -> Notice:
    """A group's first notice, of these alerts."""
    fires = any(alert.state == "firing" for alert in alerts)
    fields: dict[str, Any] = {
        "group": '{}:{alertname="error_rate_high"}',
        "labels": {"alertname": "error_rate_high"},
        "receiver": "team",
        "aim": "team/x",
        "seq": 1,
        "episode": "1760000000000",
        "reason": "new" if fires else "resolved",
        "why": 'route severity="critical" to team',
        "at": 1_760_000_070_000,
        **changes,
    }
    return Notice(alerts=alerts, **fields)
