"""Tests of what a recorded stream sets off: events or measures in, the log of alerts out."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from streamgauge.alerting.backtest.source import lines
from streamgauge.alerting.judging.judge import Judge
from streamgauge.alerting.routing.watchdog import RULE as WATCHDOG
from streamgauge.alerting.rules.reader import placed
from streamgauge.alerting.rules.rule import Rule
from streamgauge.alerting.trial.file import ExpectedTransition, Opened, ReplayEntry
from streamgauge.alerting.trial.outcome import Failure, Outcome
from streamgauge.alerting.trial.time import read_start
from streamgauge.contracts import codec
from streamgauge.contracts.alert import Alert
from streamgauge.contracts.event import Labels
from streamgauge.contracts.measure import AnyReading, Measure

# Events of a file (JSON Lines) → what is measured of them; ValueError names the line.
Fold = Callable[[Iterator[str]], list[AnyReading]]
_KEY = "replay_test"
_STATES = ("firing", "resolved")


def run(opened: Opened, number: int, rules: Sequence[Rule], fold: Fold | None) -> Outcome:
    """One entry of `replay_test`; InputError for what cannot be read."""
    entry = opened.file.replay_test[number]
    place = (_KEY, number)
    readings = _read(opened, entry, number, fold)
    bases = [one for one in readings if isinstance(one, Measure) and one.base]
    first = min((one.start for one in bases), default=0)
    width = min((one.end - one.start for one in bases), default=60_000)
    start = read_start(opened, place, entry.start) if entry.start else first
    judge = Judge(placed(rules, entry.external), width)
    alerts = [a for at, reading in enumerate(readings) for a in judge.step(reading, at).transitions]
    # The Watchdog always fires, whatever was recorded.
    told = (alert for alert in alerts if alert.rule != WATCHDOG)
    transitions = [alert for alert in told if alert.state in _STATES]
    named = f"{entry.name}: " if entry.name else ""
    outcome = Outcome()
    for index, expected in enumerate(entry.exp_alerts):
        where = (*place, "exp_alerts", index)
        at = start + opened.milliseconds((*where, "at"), expected.at)
        got = transitions[index] if index < len(transitions) else None
        outcome.checks += 1
        if got is None or not _same(expected, at, got):
            check = f"{named}transition {index + 1}"
            wanted = _line(expected.alertname, expected.labels, expected.state, at - start)
            failed = Failure(opened.place(where), check, wanted, _show(got, start))
            outcome.failures = [*outcome.failures, failed]
    extra = transitions[len(entry.exp_alerts) :] if entry.log is None or entry.exp_alerts else []
    outcome.add(
        Outcome(
            int(not entry.exp_alerts and entry.log is None),
            [
                Failure(opened.place(place), f"{named}not expected", "nothing", _show(one, start))
                for one in extra
            ],
        )
    )
    if entry.log is not None:
        outcome.add(_compare(opened, place, opened.path.parent / entry.log, named, alerts))
    return outcome


def _read(opened: Opened, entry: ReplayEntry, number: int, fold: Fold | None) -> list[AnyReading]:
    place: tuple[str | int, ...] = (_KEY, number)
    if (entry.measures is None) == (entry.events is None):
        raise opened.wrong(place, "expected either measures or events")
    name = entry.measures or entry.events
    path = opened.path.parent / (name or Path())
    place = (*place, "measures" if entry.measures else "events")
    if entry.events and fold is None:
        raise opened.wrong(place, "events need all of streamgauge: use the command")
    read = lines if entry.measures or fold is None else fold
    try:
        with path.open(encoding="utf-8") as text:
            return list(read(text))
    except OSError as error:
        raise opened.wrong(place, f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise opened.wrong(place, f"{path}: {error}") from None


def _compare(
    opened: Opened, place: tuple[str | int, ...], path: Path, named: str, alerts: Sequence[Alert]
) -> Outcome:
    try:
        expected = path.read_bytes().splitlines()
    except OSError as error:
        raise opened.wrong((*place, "log"), f"{path}: {error.strerror}") from None
    got = [codec.encode(alert) for alert in alerts]
    for index in range(max(len(expected), len(got))):
        wanted = expected[index] if index < len(expected) else b"nothing"
        there = got[index] if index < len(got) else b"nothing"
        if wanted != there:
            check = f"{named}line {index + 1} of {path.name}"
            return Outcome(
                1, [Failure(opened.place((*place, "log")), check, _text(wanted), _text(there))]
            )
    return Outcome(1)


def _same(expected: ExpectedTransition, at: int, got: Alert) -> bool:
    when = got.ends_at if got.state == "resolved" else got.updated_at
    return (expected.alertname, expected.state, at) == (
        got.rule,
        got.state,
        when,
    ) and expected.labels.items() <= got.labels.items()


def _show(alert: Alert | None, start: int) -> str:
    if alert is None:
        return "nothing"
    when = alert.ends_at if alert.state == "resolved" else alert.updated_at
    return _line(alert.rule, alert.labels, alert.state, (when or alert.updated_at) - start)


def _line(name: str, labels: Labels, state: str, at: int) -> str:
    return f"{name} {state} at {at / 1000:g}s {msgspec.json.encode(labels).decode()}"


def _text(line: bytes) -> str:
    return line.decode(errors="replace")
