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
ATTEMPTS = 12
Heard = dict[tuple[str, str, str], list[Message]]
Told = dict[int, Heard]


@pytest.mark.prometheus
@pytest.mark.usefixtures("alertmanager_binary")
def test_random_stories_are_told_as_alertmanager_tells_them(tmp_path: Path) -> None:
    left = set(range(COUNT))
    count = 0
    # On a busy machine Alertmanager comes late. What we tell does not change with the attempt, so
    # a story that is told otherwise by intent stays so each time.
    for attempt in range(ATTEMPTS):
        theirs, ours = tell_both(sorted(left), tmp_path / str(attempt))
        left = {n for n in left if not agree(ours.get(n, {}), theirs.get(n, {}))}
        count += sum(len(told) for n in theirs.keys() - left for told in theirs[n].values())
        if not left:
            break
    different = {n: (ours.get(n), theirs.get(n)) for n in sorted(left)[:3]}
    assert not left, f"stories {sorted(left)} of seed {SEED} differ (ours, theirs): {different}"
    assert count > 500


def tell_both(numbers: list[int], folder: Path) -> tuple[Told, Told]:
    """The same stories told by Alertmanager in real time, and by us."""
    folder.mkdir()
    path = folder / "alertmanager.yml"
    with collector() as collected:
        url = f"http://127.0.0.1:{collected.server_address[1]}/"
        scenarios = [draw(n, url, SEED) for n in numbers]
        path.write_text(json.dumps(file_of(scenarios)), "utf-8")
        events = [event for scenario in scenarios for event in scenario.events]
        with alertmanager(path, folder) as connection:
            told = play(connection, collected, events)
    return by_story(tell(load(path).plan, events)), by_story(told)


def agree(ours: Heard, theirs: Heard) -> bool:
    """Whether the same was told to the same in the same order, half a second apart at most."""
    return ours.keys() == theirs.keys() and all(
        brief(ours[place]) == brief(told)
        and all(abs(a.at - b.at) <= 0.5 for a, b in zip(ours[place], told, strict=True))
        for place, told in theirs.items()
    )


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


def by_story(messages: list[Message]) -> Told:
    """Messages of each scenario, by where they came."""
    found: Told = defaultdict(lambda: defaultdict(list))
    for message in sorted(messages, key=lambda one: one.at):
        story = message.place[0].removeprefix("r").partition("-")[0]
        found[int(story)][message.place].append(message)
    return found


def brief(messages: list[Message]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    return [(one.firing, one.resolved) for one in messages]
