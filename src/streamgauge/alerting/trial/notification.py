"""Tests of who is told what when: alerts over time, a configuration, and the notices expected."""

from collections.abc import Iterable

import msgspec

from streamgauge.alerting.configuration.stand_in import load
from streamgauge.alerting.matcher import show_labels
from streamgauge.alerting.routing.notice import Notice
from streamgauge.alerting.routing.rehearsal import rehearse
from streamgauge.alerting.trial.file import NotificationEntry, Opened
from streamgauge.alerting.trial.outcome import Failure, Outcome
from streamgauge.alerting.trial.record import Place, Script
from streamgauge.alerting.trial.time import read_start
from streamgauge.contracts.event import Labels

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
    place: Place = (_KEY, number)
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
        notices = rehearse(plan, Script(opened, place, entry, start).records(), start + until)
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
    return tuple(sorted(map(show_labels, several)))


def _failure(
    opened: Opened, place: Place, entry: NotificationEntry, one: Said, got: Iterable[Said]
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
