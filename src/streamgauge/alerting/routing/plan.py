"""What a configuration says about who is told what when, as values; nothing of how."""

from typing import Protocol

import msgspec

from streamgauge.alerting.matcher import Matcher
from streamgauge.alerting.routing.inhibition import Inhibition
from streamgauge.alerting.routing.route import Route


class Interval(Protocol):
    """A named time interval of the configuration."""

    def contains(self, at: int) -> bool:
        """Whether the moment (milliseconds since 1970) lies in it."""


class Aim(msgspec.Struct, frozen=True):
    """One integration of a receiver: `name` is for example `on-call/slack-2`."""

    name: str
    send_resolved: bool


class Escalation(msgspec.Struct, frozen=True):
    """Who is told next while nobody acknowledges: the receivers of `chain`, `every` ms apart.

    The first of the chain is told at once, beside the alert's routes, unless one of them does so.
    """

    name: str
    matchers: tuple[Matcher, ...]
    chain: tuple[str, ...]
    every: int = 900_000


class Digest(msgspec.Struct, frozen=True):
    """Alerts that are told in one message a day or week, at a time of day, instead of one by one.

    `weekday` is None for a daily one, else 0 (Monday) to 6. `minute` counts from midnight in
    `zone`. With `only`, matching alerts are sent nowhere else.
    """

    name: str
    receiver: str
    matchers: tuple[Matcher, ...]
    minute: int
    weekday: int | None = None
    zone: str = "UTC"
    only: bool = True


class Watch(msgspec.Struct, frozen=True):
    """The dead-man's switch: `receiver` is told when judge or merge say nothing for `after` ms."""

    receiver: str
    after: int = 120_000


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `receivers` has the integrations of each receiver's name."""

    route: Route
    receivers: dict[str, tuple[Aim, ...]]
    inhibitions: tuple[Inhibition, ...] = ()
    intervals: dict[str, Interval] = {}
    escalations: tuple[Escalation, ...] = ()
    digests: tuple[Digest, ...] = ()
    watch: Watch | None = None
    # How long an alert that came without an end is believed (alerts from outside).
    resolve_timeout: int = 300_000
