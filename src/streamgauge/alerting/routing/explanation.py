"""Why somebody was told of an alert, or why not."""

import msgspec

from streamgauge.alerting.routing.group import Group
from streamgauge.alerting.routing.known import Known
from streamgauge.alerting.routing.line import Line
from streamgauge.alerting.routing.mute import Mutes
from streamgauge.contracts.alert import State
from streamgauge.contracts.event import Labels


class Hearer(msgspec.Struct, frozen=True, kw_only=True):
    """One integration: what it was told when (ms), and what comes next or keeps it from coming."""

    aim: str
    told_at: int | None
    told: str
    next: str
    next_at: int | None = None


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """A route that matches, with the group of the alert there."""

    receiver: str
    group: str
    why: str
    hearers: tuple[Hearer, ...]


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """An alert and everybody who is responsible for it."""

    fingerprint: str
    episode: int
    state: State
    labels: Labels
    arrived_at: int
    routes: tuple[Reached, ...]


def explain(known: Known, mutes: Mutes, now: int) -> Explanation:
    """Say it, route by route."""
    return Explanation(
        fingerprint=known.alert.fingerprint,
        episode=known.alert.episode,
        state=known.alert.state,
        labels=known.alert.labels,
        arrived_at=known.at,
        routes=tuple(
            Reached(
                receiver=group.route.receiver,
                group=group.key,
                why=group.escalated or group.why,
                hearers=tuple(
                    _hearer(known, group, line, mutes, now) for line in group.lines.values()
                ),
            )
            for group in known.groups
        ),
    )


def _hearer(known: Known, group: Group, line: Line, mutes: Mutes, now: int) -> Hearer:
    told = line.told
    firing = told is not None and known.id in told.firing
    resolved = told is not None and known.id in told.resolved
    text = "told that it fires" if firing else "told that it is over" if resolved else "not told"
    coming, at = _next(known, group, line, mutes, now)
    told_at = told.at if told and (firing or resolved) else None
    return Hearer(aim=line.aim.name, told_at=told_at, told=text, next=coming, next_at=at)


def _next(known: Known, group: Group, line: Line, mutes: Mutes, now: int) -> tuple[str, int | None]:
    if line.notice is not None and any(one.id == known.alert.id for one in line.notice.alerts):
        return f"on its way since {line.notice.at}", None
    if mute := mutes.why(known, group.route, now):
        return mute.text, mute.until
    if line.notice is not None:
        return "another notice of its group is on its way", None
    fires = line.told is not None and known.id in line.told.firing
    if known.resolved:
        return _end(group, line, fires=fires)
    if line.told is None or not fires:
        return "waits for group_interval" if group.turn else "waits for group_wait", group.tick
    # Flushes come every group_interval, so a repeat comes with the first one after its time.
    late = line.told.at + group.route.repeat_interval - group.tick
    wait = max(group.route.group_interval, 1)
    return "repeated", group.tick + (late // wait + 1) * wait if late >= 0 else group.tick


def _end(group: Group, line: Line, *, fires: bool) -> tuple[str, int | None]:
    if not fires:
        return "was over before it was told", None
    if not line.aim.send_resolved:
        return "does not want to hear that it is over", None
    return "waits for group_interval", group.tick
