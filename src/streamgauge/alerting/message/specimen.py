"""Sample notices, on which templates are tried when a configuration is read."""

from collections.abc import Iterator

from streamgauge.alerting.routing.notice import Notice
from streamgauge.contracts.alert import Alert

_FIRING = Alert(
    id="0123456789abcdef-1-firing",
    fingerprint="0123456789abcdef",
    episode=1,
    state="firing",
    rule="error_rate_high",
    severity="critical",
    labels={
        "alertname": "error_rate_high",
        "severity": "critical",
        "model": "price",
        "version": "2",
    },
    annotations={"summary": "price 2: 8.1% errors", "description": "More than 5 % fail."},
    expr="prediction_error_ratio > 0.05",
    value=0.081,
    value_at_fire=0.06,
    peak=0.1,
    starts_at=1_760_000_000_000,
    updated_at=1_760_000_060_000,
    samples=321,
    evidence={"text": "errors went up", "window": "1m"},
)


def specimens() -> Iterator[Notice]:
    """One alert that fires, and two that are over and have less to say."""
    over = Alert(
        id="fedcba9876543210-1-resolved",
        fingerprint="fedcba9876543210",
        episode=1,
        state="resolved",
        rule="from_outside",
        severity="warning",
        labels={"alertname": "from_outside"},
        annotations={},
        expr="",
        value=0.0,
        starts_at=1_760_000_000_000,
        updated_at=1_760_000_090_000,
        ends_at=1_760_000_090_000,
    )
    for number, alerts in enumerate([(_FIRING,), (over, over)], 1):
        yield Notice(
            group='{}:{alertname="error_rate_high"}',
            labels={"alertname": "error_rate_high"} if number == 1 else {},
            receiver="sample",
            aim="sample/x",
            seq=number,
            episode="1760000000000",
            reason="new" if number == 1 else "resolved",
            why="a sample",
            at=1_760_000_060_000,
            alerts=alerts,
        )
