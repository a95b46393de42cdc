"""What happens in a `notification_test`: its alerts, silences and owners as records."""

from collections.abc import Iterator

import msgspec

from streamgauge.alerting.fingerprint import fingerprint
from streamgauge.alerting.routing.rehearsal import Record
from streamgauge.alerting.rules.rule import DEFAULT_SEVERITY
from streamgauge.alerting.trial.file import NotificationEntry, Opened, TimedAlert
from streamgauge.contracts.alert import Ack, Alert, Silence

Place = tuple[str | int, ...]
_Timed = Iterator[tuple[int, Record]]


class Script:
    """One entry; its times count from `start` (ms). InputError names the line of what is wrong."""

    def __init__(self, opened: Opened, place: Place, entry: NotificationEntry, start: int) -> None:
        self._opened = opened
        self._place = place
        self._entry = entry
        self._start = start
        # The newest episode of each alert, which is the one that somebody owns.
        self._newest: dict[str, Alert] = {}

    def records(self) -> list[tuple[int, Record]]:
        """All of them with their times, the earliest first."""
        found = [*self._alerts(), *self._silences(), *self._acks()]
        # A silence that is there from the start is known before the first alert.
        return sorted(found, key=lambda one: (one[0], isinstance(one[1], Alert)))

    def _alerts(self) -> _Timed:
        for index, one in enumerate(self._entry.alerts):
            fired = self._fired(index, one)
            self._newest[fired.fingerprint] = fired
            yield fired.starts_at, fired
            if one.until:
                ends = self._time(one.until, "alerts", index, "until")
                yield ends, _resolved(fired, ends)

    def _fired(self, index: int, one: TimedAlert) -> Alert:
        if "alertname" not in one.labels:
            raise self._opened.wrong(
                (*self._place, "alerts", index), "an alert needs the label alertname"
            )
        name = fingerprint(one.labels)
        before = self._newest.get(name)
        episode = before.episode + 1 if before else 1
        begins = self._time(one.begin, "alerts", index, "from")
        return Alert(
            id=f"{name}-{episode}-firing",
            fingerprint=name,
            episode=episode,
            state="firing",
            rule=one.labels["alertname"],
            severity=one.labels.get("severity", DEFAULT_SEVERITY),
            labels=one.labels,
            annotations=one.annotations,
            expr="",
            value=0.0,
            starts_at=begins,
            updated_at=begins,
            position=0,
        )

    def _silences(self) -> _Timed:
        for index, one in enumerate(self._entry.silences):
            yield (
                self._start,
                Silence(
                    id=str(index),
                    matchers=one.matchers,
                    starts_at=self._time(one.begin, "silences", index, "from"),
                    ends_at=self._time(one.until, "silences", index, "until"),
                    created_by="test",
                    comment="",
                ),
            )

    def _acks(self) -> _Timed:
        for index, one in enumerate(self._entry.acks):
            alert = self._newest.get(fingerprint(one.labels))
            if alert is None:
                raise self._opened.wrong((*self._place, "acks", index), "no alert has these labels")
            at = self._time(one.at, "acks", index, "at")
            lasts = self._opened.milliseconds((*self._place, "acks", index, "for"), one.hold)
            yield (
                at,
                Ack(
                    id=alert.episode_id,
                    fingerprint=alert.fingerprint,
                    episode=alert.episode,
                    owner=one.owner,
                    ends_at=at + lasts,
                    at=at,
                ),
            )

    def _time(self, text: str, *steps: str | int) -> int:
        return self._start + self._opened.milliseconds((*self._place, *steps), text)


def _resolved(alert: Alert, at: int) -> Alert:
    name = f"{alert.episode_id}-resolved"
    return msgspec.structs.replace(alert, id=name, state="resolved", updated_at=at, ends_at=at)
