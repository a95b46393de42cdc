"""`streamgauge alerts check-config`: what a file says, before anybody relies on it."""

from collections.abc import Iterator
from pathlib import Path

from streamgauge.alerting import duration
from streamgauge.alerting.configuration.reader import load
from streamgauge.alerting.configuration.value import Configuration
from streamgauge.alerting.routing.plan import Digest
from streamgauge.alerting.routing.route import Route

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def check_config(file: Path, /) -> None:
    """Check a notifier's configuration and print its routes; exit 2 if it is wrong.

    Parameters
    ----------
    file
        The file, in Alertmanager's form. Receivers are opened; nothing is sent.

    """
    for line in describe(load(file)):
        print(line)


def describe(configuration: Configuration) -> Iterator[str]:
    """Lines for people: routes, what is beside them, warnings."""
    plan = configuration.plan
    yield f"sha256 {configuration.sha256}"
    yield "routes"
    yield from _route(plan.route, "", "")
    yield "receivers"
    for name, aims in plan.receivers.items():
        yield f"  {name}: {', '.join(aim.name for aim in aims) or 'nobody'}"
    for one in plan.escalations:
        chain, every = " -> ".join(one.chain), duration.show(one.every)
        yield f"escalation {one.name}: {chain}, every {every}"
    yield from map(_digest, plan.digests)
    if plan.watch:
        after = duration.show(plan.watch.after)
        yield f"watch: {plan.watch.receiver} after {after} of silence"
    counted = {
        "inhibitions": plan.inhibitions,
        "time intervals": plan.intervals,
        "templates": configuration.templates,
    }
    yield ", ".join(f"{len(found)} {what}" for what, found in counted.items())
    for warning in configuration.warnings:
        yield f"warning: {warning}"


def _route(route: Route, before: str, below: str) -> Iterator[str]:
    matchers = ", ".join(map(str, route.matchers)) or "everything"
    group = "every label" if route.group_by is None else ", ".join(route.group_by) or "nothing"
    times = ", ".join(
        f"{what} {duration.show(time)}"
        for what, time in (
            ("wait", route.group_wait),
            ("interval", route.group_interval),
            ("repeat", route.repeat_interval),
        )
    )
    extra = "".join(
        f", {what} {', '.join(names)}"
        for what, names in (("mute", route.mute), ("active", route.active))
        if names
    )
    on = ", and on" if route.on else ""
    yield f"  {before}{{{matchers}}} -> {route.receiver} by {group} ({times}{extra}){on}"
    for number, child in enumerate(route.routes):
        last = number == len(route.routes) - 1
        yield from _route(
            child, below + ("└── " if last else "├── "), below + ("    " if last else "│   ")
        )


def _digest(digest: Digest) -> str:
    day = "day" if digest.weekday is None else _DAYS[digest.weekday]
    time = f"{digest.minute // 60:02}:{digest.minute % 60:02}"
    return f"digest {digest.name}: {digest.receiver} every {day} at {time} {digest.zone}"
