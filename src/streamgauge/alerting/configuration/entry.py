"""The file as it is written: one Struct for each kind of entry, fields named as in the file."""

from typing import Any

import msgspec

from streamgauge.alerting.configuration.value import Limits
from streamgauge.alerting.receivers.http_config import HttpConfig
from streamgauge.alerting.receivers.receiver import Parameters

CONFIGS = "_configs"


class Entry(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The base: an unknown key is an error."""


class RouteEntry(Entry, rename={"on": "continue"}):
    """A route; what is None is inherited."""

    receiver: str | None = None
    group_by: list[str] | None = None
    match: dict[str, str] = {}
    match_re: dict[str, str] = {}
    matchers: list[str] = []
    mute_time_intervals: list[str] = []
    active_time_intervals: list[str] = []
    on: bool = False
    routes: list["RouteEntry"] = []
    group_wait: str | None = None
    group_interval: str | None = None
    repeat_interval: str | None = None


class InhibitionEntry(Entry):
    """One of `inhibit_rules`."""

    name: str = ""
    source_match: dict[str, str] = {}
    source_match_re: dict[str, str] = {}
    source_matchers: list[str] = []
    target_match: dict[str, str] = {}
    target_match_re: dict[str, str] = {}
    target_matchers: list[str] = []
    equal: list[str] = []


class TimesEntry(Entry):
    """A part of a day."""

    start_time: str
    end_time: str


class PeriodEntry(Entry):
    """What has to hold at once."""

    times: list[TimesEntry] | None = None
    weekdays: list[str] | None = None
    days_of_month: list[str] | None = None
    months: list[str] | None = None
    years: list[str] | None = None
    location: str = "UTC"


class IntervalEntry(Entry):
    """One of `time_intervals`."""

    name: str = ""
    time_intervals: list[PeriodEntry] = []


class EscalationEntry(Entry):
    """One of `streamgauge.escalations`."""

    name: str
    chain: list[str]
    matchers: list[str] = []
    every: str = "15m"


class DigestEntry(Entry):
    """One of `streamgauge.digests`."""

    name: str
    receiver: str
    matchers: list[str] = []
    at: str = "08:00"
    weekday: str | None = None
    time_zone: str = "UTC"
    only: bool = True


class WatchEntry(Entry):
    """`streamgauge.watch`."""

    receiver: str
    after: str = "2m"


class ExtensionEntry(Entry):
    """All that Alertmanager does not know: the key `streamgauge`."""

    escalations: list[EscalationEntry] = []
    digests: list[DigestEntry] = []
    hosts: list[str] = []
    limits: Limits = Limits()
    watch: WatchEntry | None = None
    external_url: str = ""


def file_type(known: dict[str, type[Parameters]]) -> type[Any]:
    """The Struct of a whole file, made of what the kinds of receivers bring."""
    shared = {
        field.encode_name: (field.name, field.type, _default(field))
        for kind in known.values()
        for field in msgspec.structs.fields(kind.defaults)
    }
    shared["resolve_timeout"] = ("resolve_timeout", str, "5m")
    shared["http_config"] = ("http_config", HttpConfig, HttpConfig())
    shared_type = msgspec.defstruct("Global", list(shared.values()), forbid_unknown_fields=True)
    receiver_type = msgspec.defstruct(
        "ReceiverEntry",
        [
            ("name", str, ""),
            *((name + CONFIGS, list[kind], []) for name, kind in known.items()),  # type: ignore[valid-type]  # made at run time, for msgspec
        ],
        forbid_unknown_fields=True,
    )
    return msgspec.defstruct(
        "ConfigurationEntry",
        [
            ("route", RouteEntry),
            ("receivers", list[receiver_type], []),  # type: ignore[valid-type]  # as above
            ("shared", shared_type, msgspec.field(default_factory=shared_type)),
            ("inhibit_rules", list[InhibitionEntry], []),
            ("time_intervals", list[IntervalEntry], []),
            ("mute_time_intervals", list[IntervalEntry], []),
            ("templates", list[str], []),
            ("streamgauge", ExtensionEntry, msgspec.field(default_factory=ExtensionEntry)),
        ],
        rename={"shared": "global"},
        forbid_unknown_fields=True,
    )


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return msgspec.field(default_factory=field.default_factory)
    return field.default
