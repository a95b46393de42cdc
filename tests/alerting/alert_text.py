"""An alert as the judge writes it."""

from typing import Any

import msgspec

from streamgauge.contracts.alert import Alert

FIRING = Alert(
    id="f00d-1-firing",
    fingerprint="f00d",
    episode=1,
    state="firing",
    rule="error_rate_high",
    severity="critical",
    labels={
        "alertname": "error_rate_high",
        "severity": "critical",
        "model": "result_count",
        "version": "2",
    },
    annotations={
        "summary": "result_count 2: 8.1% errors",
        "description": "More than 5 % fail.",
        "runbook_url": "docs/runbooks/error_rate_high.md",
    },
    expr="prediction_error_ratio > 0.05",
    value=0.081,
    starts_at=1_760_000_000_000,
    updated_at=1_760_000_060_000,
    samples=321,
    completeness=0.98,
    evidence={"window": "1m", "window_seconds": 60.0, "threshold": 0.05, "comparison": ">"},
)
RESOLVED = msgspec.structs.replace(
    FIRING,
    id="f00d-1-resolved",
    state="resolved",
    value=0.01,
    updated_at=1_760_000_180_000,
    ends_at=1_760_000_180_000,
)


def alert(number: int, state: str = "firing", **changes: Any) -> Alert:
    """The alert of another series, number by number."""
    name = f"{number:016x}"
    base = FIRING if state == "firing" else RESOLVED
    fields: dict[str, Any] = {
        "id": f"{name}-1-{state}",
        "fingerprint": name,
        "labels": FIRING.labels | {"model": f"m{number}"},
        "state": state,
        **changes,
    }
    return msgspec.structs.replace(base, **fields)
