"""A configuration as it is used: plan, opened receivers, and what else the file says."""

from pathlib import Path

import msgspec

from streamgauge.alerting.receivers.receiver import Receiver
from streamgauge.alerting.routing.plan import Plan


class Target(msgspec.Struct, frozen=True):
    """One receiver that can be told, and what holds for all kinds of them.

    `group` is the name of Alertmanager's receiver that it belongs to; `patience` is how long a
    message is tried again, in seconds.
    """

    name: str
    group: str
    send_resolved: bool
    patience: float
    receiver: Receiver


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How much is told at most by all channels together; the rest waits. None is without limit."""

    notifications_per_minute: int | None = None


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `targets` are found by their names, which are those of the plan's aims.

    `redacted` is the file again without secrets; `sha256` is of the file and its templates.
    `warnings` begin with file and line.
    """

    plan: Plan
    targets: dict[str, Target]
    templates: tuple[Path, ...] = ()
    hosts: tuple[str, ...] = ()
    external_url: str = ""
    limits: Limits = Limits()
    warnings: tuple[str, ...] = ()
    redacted: str = ""
    sha256: str = ""
