"""When rules would have fired: transitions put together to episodes. Pure."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from streamgauge.alerting.judging.judge import Judge
from streamgauge.alerting.routing.watchdog import RULE as WATCHDOG
from streamgauge.contracts.alert import Alert
from streamgauge.contracts.event import Labels
from streamgauge.contracts.measure import AnyReading, Measure, Tick


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """One alert from firing to its end, times in ms; `resolved_at` is None if it still fires.

    `starts_at` is when its condition began to hold.
    """

    rule: str
    severity: str
    labels: Labels
    starts_at: int
    fired_at: int
    resolved_at: int | None
    value: float

    def lasted(self, until: int) -> int:
        """For how long it fired, in ms; `until` ends what still fires."""
        return (until if self.resolved_at is None else self.resolved_at) - self.fired_at


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """What a run over the past has found. `since` and `until` are event times in ms."""

    since: int
    until: int
    readings: int
    episodes: list[Episode]
    alerts: list[Alert]


def relive(judges: Sequence[Judge], readings: Iterable[AnyReading]) -> list[Past]:
    """Let each judge see the readings, in the order in which they were published."""
    since, until, count = -1, 0, 0
    alerts: list[list[Alert]] = [[] for _ in judges]
    benches = [(judge.step, told.extend) for judge, told in zip(judges, alerts, strict=True)]
    for position, reading in enumerate(readings):
        if isinstance(reading, Tick):
            until = max(until, reading.watermark)
        elif isinstance(reading, Measure):
            until = max(until, reading.as_of)
            if reading.base and (since < 0 or reading.start < since):
                since = reading.start
        for step, keep in benches:
            if told := step(reading, position).transitions:
                keep(told)
        count = position + 1
    return [
        Past(
            since=max(since, 0),
            until=until,
            readings=count,
            alerts=told,
            episodes=sorted(_episodes(told), key=lambda one: (one.fired_at, one.rule)),
        )
        for told in alerts
    ]


def _episodes(alerts: Iterable[Alert]) -> Iterator[Episode]:
    firing: dict[str, Alert] = {}
    for alert in alerts:
        if alert.rule == WATCHDOG:
            # It always fires, and is told to nobody.
            continue
        if alert.state == "firing":
            firing.setdefault(alert.fingerprint, alert)
        elif alert.state == "resolved" and (fired := firing.pop(alert.fingerprint, None)):
            yield _episode(fired, alert.ends_at)
    for fired in firing.values():
        yield _episode(fired, None)


def _episode(fired: Alert, resolved_at: int | None) -> Episode:
    return Episode(
        rule=fired.rule,
        severity=fired.severity,
        labels=fired.labels,
        starts_at=fired.starts_at,
        fired_at=fired.updated_at,
        resolved_at=resolved_at,
        value=fired.value,
    )
