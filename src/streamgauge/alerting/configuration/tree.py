"""Entries of routes → the tree, with Alertmanager's checks and inheritance."""

from collections.abc import Collection, Sequence

import msgspec

from streamgauge.alerting import duration
from streamgauge.alerting.configuration.entry import RouteEntry
from streamgauge.alerting.configuration.matching import check_name, read_all
from streamgauge.alerting.marked_yaml import MarkedYaml, Step
from streamgauge.alerting.routing.route import Route

_EVERY = "..."


class Names(msgspec.Struct, frozen=True):
    """What routes may name."""

    receivers: Collection[str]
    intervals: Collection[str]


def read_root(document: MarkedYaml, entry: RouteEntry, names: Names) -> Route:
    """The whole tree; InputError names the line of what is wrong."""
    place: tuple[Step, ...] = ("route",)
    if not entry.receiver:
        raise document.error(place, "the first route needs a receiver")
    for field in msgspec.structs.fields(RouteEntry):
        if field.encode_name in _NOT_AT_ROOT and getattr(entry, field.name):
            raise document.error(
                (*place, field.encode_name),
                f"the first route takes everything, always: no {field.encode_name}",
            )
    return _read(document, place, entry, Route(receiver=entry.receiver, key=""), names)


_NOT_AT_ROOT = frozenset(
    ("match", "match_re", "matchers", "continue", "mute_time_intervals", "active_time_intervals")
)


def _read(
    document: MarkedYaml, place: tuple[Step, ...], entry: RouteEntry, parent: Route, names: Names
) -> Route:
    receiver = entry.receiver or parent.receiver
    if receiver not in names.receivers:
        raise document.error(
            (*place, "receiver"),
            f"receiver {receiver!r}: expected one of {', '.join(names.receivers) or 'receivers'}",
        )
    for field in ("mute_time_intervals", "active_time_intervals"):
        for number, name in enumerate(getattr(entry, field)):
            if name not in names.intervals:
                raise document.error(
                    (*place, field, number), f"{name!r}: expected the name of a time interval"
                )
    matchers = read_all(
        document, place, equal=entry.match, regex=entry.match_re, texts=entry.matchers
    )
    own = "{" + ",".join(map(str, matchers)) + "}"
    route = Route(
        receiver=receiver,
        key=f"{parent.key}/{own}" if parent.key else own,
        matchers=matchers,
        on=entry.on,
        group_by=_group_by(document, (*place, "group_by"), entry.group_by, parent),
        group_wait=_time(document, place, "group_wait", entry, parent),
        group_interval=_time(document, place, "group_interval", entry, parent),
        repeat_interval=_time(document, place, "repeat_interval", entry, parent),
        mute=tuple(entry.mute_time_intervals),
        active=tuple(entry.active_time_intervals),
    )
    children = (
        _read(document, (*place, "routes", number), child, route, names)
        for number, child in enumerate(entry.routes)
    )
    return msgspec.structs.replace(route, routes=tuple(children))


def _group_by(
    document: MarkedYaml, place: Sequence[Step], labels: list[str] | None, parent: Route
) -> tuple[str, ...] | None:
    if not labels:  # As in Alertmanager, an empty list is inherited too.
        return parent.group_by
    if _EVERY in labels:
        if set(labels) != {_EVERY}:
            raise document.error(place, f"group_by: {_EVERY} means every label: no others")
        return None
    for number, label in enumerate(labels):
        check_name(document, (*place, number), label)
        if label in labels[:number]:
            raise document.error((*place, number), f"group_by: {label} stands there twice")
    return tuple(labels)


def _time(
    document: MarkedYaml, place: Sequence[Step], field: str, entry: RouteEntry, parent: Route
) -> int:
    text: str | None = getattr(entry, field)
    if text is None:
        inherited: int = getattr(parent, field)
        return inherited
    time = read_duration(document, (*place, field), text)
    if not time and field != "group_wait":
        raise document.error((*place, field), f"{field}: expected more than 0")
    return time


def read_duration(document: MarkedYaml, place: Sequence[Step], text: str) -> int:
    """A duration in milliseconds; InputError names the line."""
    try:
        return duration.milliseconds(text)
    except ValueError as error:
        raise document.error(place, f"{place[-1]}: {error}") from None
