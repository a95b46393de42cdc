"""Random stories are told as Debian's Alertmanager 0.25 tells them."""

import json
from collections import defaultdict
from pathlib import Path

import msgspec
import pytest

from streamgauge.alerting.configuration import load
from streamgauge.alerting.fingerprint import fingerprint
from streamgauge.alerting.routing.dispatcher import Dispatcher
from streamgauge.alerting.routing.plan import Plan
from streamgauge.contracts.alert import Alert, Silence

from .alertmanager import Message, alertmanager, collector, play
from .scenario import END, Event, Scenario, draw
from .stage import Stage, ms, silence
from .stage import alert as one_of_ours

SEED, COUNT = 20261122, 150
INTERVALS = [
    {"name": "always", "time_intervals": [{"years": ["2000:2100"]}]},
    {"name": "never", "time_intervals": [{"years": ["2000"]}]},
]
Heard = dict[tuple[str, str, str], list[Message]]


@pytest.mark.prometheus
@pytest.mark.usefixtures("alertmanager_binary")
def test_random_stories_are_told_as_alertmanager_tells_them(tmp_path: Path) -> None:
    path = tmp_path / "alertmanager.yml"
    for attempt in range(3):
        with collector() as collected:
            port = collected.server_address[1]
            scenarios = [draw(n, f"http://127.0.0.1:{port}/", SEED) for n in range(COUNT)]
            path.write_text(json.dumps(file_of(scenarios)), "utf-8")
            events = [event for scenario in scenarios for event in scenario.events]
            with alertmanager(path, tmp_path / str(attempt)) as connection:
                told, late = play(connection, collected, events)
        # What came late happened before or after another flush; then it is no judge.
        if late < 0.2:
            break
    else:
        pytest.fail(f"this machine is too slow to be fair: {late:.1f} s late")
    theirs, ours = by_place(told), by_place(tell(load(path).plan, events))
    assert len(told) > 500
    assert sorted(ours) == sorted(theirs)
    for place, messages in theirs.items():
        assert brief(ours[place]) == brief(messages), place
        for mine, other in zip(ours[place], messages, strict=True):
            assert abs(mine.at - other.at) <= 0.5, place


def file_of(scenarios: list[Scenario]) -> dict[str, object]:
    """One file with all of them; the webhooks of a receiver differ in their paths."""
    receivers = [one for scenario in scenarios for one in scenario.receivers]
    for receiver in receivers:
        for number, hook in enumerate(receiver["webhook_configs"]):
            hook["url"] += str(number)
    return {
        "route": {"receiver": "nobody", "routes": [scenario.route for scenario in scenarios]},
        "receivers": [{"name": "nobody"}, *receivers],
        "inhibit_rules": [one for scenario in scenarios for one in scenario.inhibitions],
        "time_intervals": INTERVALS,
    }


def tell(plan: Plan, events: list[Event]) -> list[Message]:
    """The same story with our dispatcher, in virtual time."""
    base = 1_790_000_000
    dispatcher = Dispatcher(plan)
    stage = Stage(plan, dispatcher=dispatcher)
    for event in events:
        at = base + event.at
        if event.labels:
            stage.take(at, record(event, at))
        else:
            quiet = quieted(event, base)
            stage.do(at, lambda now, quiet=quiet: dispatcher.silence(quiet, now))  # type: ignore[misc]  # mypy infers no defaults of lambdas
    stage.run(base + END)
    found = []
    for notice in stage.notices:
        number = int(notice.aim.rpartition("-")[2]) - 1 if "webhook-" in notice.aim else 0
        place = (notice.receiver, f"/{number}", notice.group)
        names = {
            state: tuple(sorted(a.labels["name"] for a in notice.alerts if a.state == state))
            for state in ("firing", "resolved")
        }
        seconds = notice.at / 1000 - base
        found.append(Message(seconds, place, names["firing"], names["resolved"]))
    return found


def record(event: Event, at: float) -> Alert:
    """The judge's record of what happens to an alert."""
    assert event.what in ("firing", "resolved")
    state = "firing" if event.what == "firing" else "resolved"
    base = one_of_ours(
        "firing" if state == "firing" else "resolved",
        episode=event.episode,
        at=at,
        ends=at if state == "resolved" else None,
    )
    return msgspec.structs.replace(base, fingerprint=fingerprint(event.labels), labels=event.labels)


def quieted(event: Event, base: float) -> Silence:
    """The record of a silence, or of its end."""
    updated = event.at if event.what == "delete" else 0
    made = silence(event.name, base, base + event.until, *event.matchers, updated=base + updated)
    starts = made.starts_at if event.what == "delete" else ms(base + event.at)
    return msgspec.structs.replace(made, starts_at=starts)


def by_place(messages: list[Message]) -> Heard:
    found: Heard = defaultdict(list)
    for message in sorted(messages, key=lambda one: one.at):
        found[message.place].append(message)
    return found


def brief(messages: list[Message]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    return [(one.firing, one.resolved) for one in messages]
