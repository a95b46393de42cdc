"""Random routes, inhibitions and silences with a story of alerts, each below a label of its own.

All that happens does at whole seconds and all flushes at half ones, so that no order is a tie.
"""

from random import Random
from typing import Any, Literal

import msgspec

Labels = dict[str, str]
ZONES = ("x", "y", "")
KINDS = ("source", "target", "both")
SEVERITIES = ("critical", "warning", "info")
# The last thing happens here, and a little later all is told.
LAST, END = 6, 9


class Event(msgspec.Struct, frozen=True):
    """What happens at `at` (seconds): an alert fires or ends, a silence begins or is deleted."""

    at: float
    what: Literal["firing", "resolved", "silence", "delete"]
    name: str
    labels: Labels = {}
    episode: int = 1
    matchers: tuple[str, ...] = ()
    until: float = 0


class Scenario(msgspec.Struct, frozen=True):
    """A part of an Alertmanager's file and what happens below it."""

    route: dict[str, Any]
    receivers: list[dict[str, Any]]
    inhibitions: list[dict[str, Any]]
    events: list[Event]


def draw(number: int, url: str, seed: int) -> Scenario:
    """One of them; a few tenths of a second apart, so that not all is flushed at one instant."""
    random = Random(seed * 1_000 + number)
    own = f'scenario="{number}"'
    # In the plain ones alerts fire again: elsewhere Alertmanager would not say so (see below).
    plain = random.random() < 0.3
    route = {"matchers": [own], **_route(random, f"r{number}", muted=not plain)}
    route["routes"] = [
        {
            "matchers": _matchers(random, 1 + (random.random() < 0.3)),
            "continue": random.random() < 0.5,
            **_route(random, f"r{number}-{child}", muted=not plain),
        }
        for child in range(random.randrange(4))
    ]
    names = [f"r{number}", *(child["receiver"] for child in route["routes"])]
    receivers = [
        {
            "name": name,
            "webhook_configs": [
                {"url": url, "send_resolved": plain or random.random() < 0.7}
                for _ in range(1 if random.random() < 0.8 else 2)
            ],
        }
        for name in names
    ]
    inhibitions = [] if plain else [_inhibition(random, own) for _ in range(random.randrange(3))]
    events = [*_alerts(random, number, plain=plain)]
    if not plain:
        events += _silences(random, number, own)
    shift = number % 5 / 10
    moved = [
        msgspec.structs.replace(event, at=event.at + shift, until=event.until + shift)
        for event in events
    ]
    return Scenario(route, receivers, inhibitions, moved)


def _route(random: Random, receiver: str, *, muted: bool) -> dict[str, Any]:
    by = random.choice([["..."], [], ["alertname"], ["alertname", "zone"], ["severity", "kind"]])
    route: dict[str, Any] = {
        "receiver": receiver,
        "group_by": by,
        "group_wait": random.choice(["500ms", "1500ms"]),
        "group_interval": random.choice(["1s", "2s"]),
        "repeat_interval": random.choice(["2250ms", "3250ms", "1h", "1h"]),
    }
    if muted and random.random() < 0.15:
        kind = random.choice(["mute_time_intervals", "active_time_intervals"])
        route[kind] = [random.choice(["always", "never"])]
    return route


def _matchers(random: Random, count: int) -> list[str]:
    return [
        random.choice(
            [
                f'severity="{random.choice(SEVERITIES)}"',
                f'severity=~"{random.choice(SEVERITIES)}|{random.choice(SEVERITIES)}"',
                f'zone!="{random.choice(ZONES)}"',
                f'kind!~"{random.choice(KINDS)}|none"',
                'zone=""',
            ]
        )
        for _ in range(count)
    ]


def _inhibition(random: Random, own: str) -> dict[str, Any]:
    return {
        "source_matchers": [own, random.choice(['kind=~"source|both"', 'severity="critical"'])],
        "target_matchers": [own, random.choice(['kind=~"target|both"', 'severity!="critical"'])],
        "equal": random.choice([["zone"], ["alertname", "zone"], []]),
    }


def _alerts(random: Random, number: int, *, plain: bool) -> list[Event]:
    found = []
    for each in range(random.randrange(2, 7)):
        labels = {
            "scenario": str(number),
            "alertname": random.choice("AB"),
            "name": f"a{each}",
            "severity": random.choice(SEVERITIES),
            "kind": random.choice(KINDS),
        }
        if zone := random.choice(ZONES):
            labels["zone"] = zone
        at, episode = random.randrange(4), 1
        while at <= LAST:
            found.append(Event(at, "firing", f"a{each}", labels, episode))
            # Too short an episode, like one too soon, is one of which only we speak.
            at += random.randrange(1, 5) if episode == 1 else 3
            if at > LAST or random.random() < 0.3:
                break
            found.append(Event(at, "resolved", f"a{each}", labels, episode))
            at, episode = at + 4, episode + 1
            if not plain:
                break
    return found


def _silences(random: Random, number: int, own: str) -> list[Event]:
    found = []
    for each in range(random.randrange(3)):
        name, at = f"s{number}-{each}", random.randrange(5)
        until = at + random.randrange(2, 6)
        matchers = (own, *_matchers(random, 1))
        found.append(Event(at, "silence", name, matchers=matchers, until=until))
        if random.random() < 0.3:
            found.append(Event(at + 1, "delete", name, matchers=matchers, until=at + 1))
    return found
