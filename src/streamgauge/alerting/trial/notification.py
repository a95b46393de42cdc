"""Tests of who is told what when: alerts over time, a configuration, and the notices expected."""

from collections.abc import Iterable

import msgspec

from streamgauge.alerting.configuration.stand_in import load
from streamgauge.alerting.fingerprint import fingerprint
from streamgauge.alerting.routing.notice import Notice
from streamgauge.alerting.routing.rehearsal import Record, rehearse
from streamgauge.alerting.rules.rule import DEFAULT_SEVERITY
from streamgauge.alerting.trial.file import (
    NotificationEntry,
    Opened,
)
from streamgauge.alerting.trial.outcome import Failure, Outcome
from streamgauge.alerting.trial.time import read_start
from streamgauge.contracts.alert import Ack, Alert, Silence
from streamgauge.contracts.event import Labels

_Place = tuple[str | int, ...]
_KEY = "notification_test"


class Said(msgspec.Struct, frozen=True, order=True):
    """A notice as a test names it: ms after the start, to whom, and about which alerts."""

    at: int
    to: str
    firing: tuple[str, ...]
    resolved: tuple[str, ...]
    reason: str = ""


def run(opened: Opened, number: int) -> Outcome:
    """One entry of `notification_test`; InputError for what cannot be read."""
    entry = opened.file.notification_test[number]
    place: _Place = (_KEY, number)
    plan = load(opened.path.parent / entry.config).plan
    start = read_start(opened, place, entry.start)
    expected = [
        Said(
            at=opened.milliseconds((*place, "exp_notifications", index, "at"), one.at),
            to=one.receiver,
            firing=_labels(one.firing),
            resolved=_labels(one.resolved),
            reason=one.reason,
        )
        for index, one in enumerate(entry.exp_notifications)
    ]
    last = max((one.at for one in expected), default=0)
    until = opened.milliseconds((*place, "until"), entry.until) or last
    try:
        notices = rehearse(plan, _records(opened, place, entry, start), start + until)
    except ValueError as error:
        raise opened.wrong(place, error) from None
    got = _said(notices, expected, start)
    failures = [
        _failure(opened, (*place, "exp_notifications", index), entry, one, got)
        for index, one in enumerate(expected)
        if not any(_same(one, other) for other in got)
    ]
    failures += [
        Failure(opened.place(place), _check(entry, "not expected"), "nothing", _show(one))
        for one in got
        if not any(_same(other, one) for other in expected)
    ]
    return Outcome(max(1, len(expected)), failures)


def _records(
    opened: Opened, place: _Place, entry: NotificationEntry, start: int
) -> list[tuple[int, Record]]:
    def time(text: str, *steps: str | int) -> int:
        return start + opened.milliseconds((*place, *steps), text)

    records: list[tuple[int, Record]] = []
    episodes: dict[str, int] = {}
    for index, one in enumerate(entry.alerts):
        if "alertname" not in one.labels:
            raise opened.wrong((*place, "alerts", index), "an alert needs the label alertname")
        name = fingerprint(one.labels)
        episodes[name] = episodes.get(name, 0) + 1
        begins = time(one.begin, "alerts", index, "from")
        ends = time(one.until, "alerts", index, "until") if one.until else None
        fired = Alert(
            id=f"{name}-{episodes[name]}-firing",
            fingerprint=name,
            episode=episodes[name],
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
        records.append((begins, fired))
        if ends is not None:
            records.append((ends, _resolved(fired, ends)))
    for index, silence in enumerate(entry.silences):
        begins = time(silence.begin, "silences", index, "from")
        ends = time(silence.until, "silences", index, "until")
        made = Silence(
            id=str(index),
            matchers=silence.matchers,
            starts_at=begins,
            ends_at=ends,
            created_by="test",
            comment="",
        )
        records.append((start, made))
    for index, ack in enumerate(entry.acks):
        at = time(ack.at, "acks", index, "at")
        name = fingerprint(ack.labels)
        if name not in episodes:
            raise opened.wrong((*place, "acks", index), "no alert has these labels")
        records.append(
            (
                at,
                Ack(
                    id=f"{name}-{episodes[name]}",
                    fingerprint=name,
                    episode=episodes[name],
                    owner=ack.owner,
                    ends_at=at + opened.milliseconds((*place, "acks", index, "for"), ack.hold),
                    at=at,
                ),
            )
        )
    # A silence that is there from the start is known before the first alert.
    return sorted(records, key=lambda one: (one[0], isinstance(one[1], Alert)))


def _resolved(alert: Alert, at: int) -> Alert:
    name = f"{alert.episode_id}-resolved"
    return msgspec.structs.replace(alert, id=name, state="resolved", updated_at=at, ends_at=at)


def _said(notices: Iterable[Notice], expected: Iterable[Said], start: int) -> list[Said]:
    """What was told, by integration where the test names integrations of that receiver."""
    fine = {one.to.partition("/")[0] for one in expected if "/" in one.to}
    said: dict[Said, None] = {}
    for notice in notices:
        told: dict[str, list[Labels]] = {"firing": [], "resolved": []}
        for alert in notice.alerts:
            told.setdefault(alert.state, []).append(alert.labels)
        one = Said(
            at=notice.at - start,
            to=notice.aim if notice.receiver in fine else notice.receiver,
            firing=_labels(told["firing"]),
            resolved=_labels(told["resolved"]),
            reason=notice.reason,
        )
        said[one] = None
    return list(said)


def _same(expected: Said, got: Said) -> bool:
    wanted = expected.reason or got.reason
    return msgspec.structs.replace(expected, reason=wanted) == got


def _labels(several: Iterable[Labels]) -> tuple[str, ...]:
    return tuple(
        sorted(
            "{" + ", ".join(f'{name}="{labels[name]}"' for name in sorted(labels)) + "}"
            for labels in several
        )
    )


def _failure(
    opened: Opened, place: _Place, entry: NotificationEntry, one: Said, got: Iterable[Said]
) -> Failure:
    near = [other for other in got if other.to == one.to]
    shown = "; ".join(map(_show, near)) or f"nothing to {one.to}"
    return Failure(opened.place(place), _check(entry, f"to {one.to}"), _show(one), shown)


def _check(entry: NotificationEntry, text: str) -> str:
    return f"{entry.name}: {text}" if entry.name else text


def _show(one: Said) -> str:
    sides = [
        f"{name} {' '.join(labels)}"
        for name, labels in (("firing", one.firing), ("resolved", one.resolved))
        if labels
    ]
    why = f" ({one.reason})" if one.reason else ""
    return f"at {one.at / 1000:g}s to {one.to}: {', '.join(sides) or 'no alerts'}{why}"
