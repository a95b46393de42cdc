"""What a group has to say to an integration now: Alertmanager's pipeline as one function."""

from collections.abc import Mapping, Sequence

import msgspec

from streamgauge.alerting import duration
from streamgauge.alerting.routing.group import Group
from streamgauge.alerting.routing.known import Known
from streamgauge.alerting.routing.line import Line
from streamgauge.alerting.routing.mute import Mutes
from streamgauge.alerting.routing.notice import Notice, Reason
from streamgauge.alerting.routing.told import Told, needs
from streamgauge.contracts.alert import Ack, Alert, State

# A flapping alert is told as such once: it counts as firing by this name too.
FLAPPING = "-flapping"


class Content(msgspec.Struct, frozen=True):
    """A group as it is at a flush, without what is muted; `owned` fires and is acknowledged."""

    firing: Sequence[Known]
    resolved: Sequence[Known]
    owned: Sequence[Known]
    muted: int
    firing_ids: frozenset[str]
    resolved_ids: frozenset[str]


def gather(group: Group, mutes: Mutes, now: int) -> Content:
    """Look at all members, in the order in which they began."""
    firing: list[Known] = []
    resolved: list[Known] = []
    owned: list[Known] = []
    quiet = mutes.interval(group.route, now) is not None
    members = sorted(group.members, key=_order)
    for known in members:
        if quiet or mutes.muted(known, now):
            continue
        if known.resolved:
            resolved.append(known)
        elif mutes.ack(known, now):
            owned.append(known)
        else:
            firing.append(known)
    return Content(
        firing,
        resolved,
        owned,
        len(members) - len(firing) - len(resolved),
        ids(firing),
        frozenset(known.id for known in resolved),
    )


def tell(
    group: Group, line: Line, content: Content, now: int, presumed: frozenset[str] = frozenset()
) -> Notice | None:
    """The notice that is due, if one is; without one the integration knows everything.

    `presumed` fires too, although a replay has not come to it yet.
    """
    if not (content.firing or content.resolved):
        # Nothing that is not muted: as if nothing had been said (Alertmanager's MultiStage).
        return None
    told = line.told
    if told and told.over:
        told = msgspec.structs.replace(told, resolved=told.resolved | told.over)
    owned = [known for known in content.owned if told and known.id in told.firing]
    fires = content.firing_ids | ids(owned)
    if told and line.replayed is not None:
        # What ended for good never begins again, whatever the clocks of a replay say.
        fires -= told.resolved
    fires |= presumed
    reason = needs(
        told,
        fires,
        content.resolved_ids,
        send_resolved=line.aim.send_resolved,
        repeat=group.route.repeat_interval,
        now=now,
    )
    if reason is None or (reason == "repeat" and not content.firing):
        return None
    if not fires and not line.aim.send_resolved:
        # Nobody wants to hear of it, but who fires again is new.
        line.told = Told(line.seq, told.episode if told else "", now, resolved=content.resolved_ids)
        return None
    # A notice in which nothing fired would say that all is well; so the owned ones stand in it.
    shown = content.firing or owned
    ended = content.resolved if line.aim.send_resolved else ()
    alerts = tuple(known.alert for known in (*shown, *ended))
    notice = _notice(group, line, alerts, now)
    text = _say_flapping(alerts, told)
    if reason == "new" and group.escalated:
        reason, text = "escalated", "; ".join(filter(None, (group.escalated, text)))
    return msgspec.structs.replace(
        notice,
        reason=reason,
        muted=content.muted - (0 if content.firing else len(owned)),
        firing=tuple(sorted(fires)),
        resolved=tuple(sorted(content.resolved_ids)),
        text=text,
    )


def presume(group: Group, line: Line) -> frozenset[str]:
    """What an integration was told to fire and a replay has said nothing of: it still does."""
    if line.replayed is None or line.told is None:
        return frozenset()
    come = {known.alert.fingerprint for known in group.members}
    return frozenset(name for name in line.told.firing if name.partition("-")[0] not in come)


def ids(firing: Sequence[Known]) -> frozenset[str]:
    """By which names alerts that fire are told."""
    names = {known.id for known in firing}
    names.update(known.id + FLAPPING for known in firing if known.alert.flapping)
    return frozenset(names)


def tell_owner(group: Group, line: Line, now: int) -> Notice | None:
    """Those who were told hear that somebody owns it now."""
    acks, line.acks = line.acks, []
    told = line.told
    if told is None:
        return None
    owned = {ack.id: ack for ack in acks if ack.id in told.firing}
    alerts = tuple(known.alert for known in group.members if known.id in owned)
    if not alerts:
        return None
    text = "; ".join(
        f"acknowledged by {ack.owner} for {_rest(ack, now)}" + (f": {ack.note}" if ack.note else "")
        for ack in owned.values()
    )
    return msgspec.structs.replace(
        _notice(group, line, alerts, now),
        reason="acknowledged",
        muted=len(group.members) - len(alerts),
        firing=tuple(sorted(told.firing)),
        resolved=tuple(sorted(told.resolved)),
        text=text,
    )


def tell_again(group: Group, line: Line, records: Mapping[tuple[str, str], Alert]) -> Notice | None:
    """The notice of which nobody knows whether it arrived, with the same key.

    `records` are those of the alerts in it, by id and state, whatever became of them since.
    """
    told = line.told
    if told is None:
        return None
    firing = [alert for name in told.firing if (alert := _record(records, name, "firing"))]
    resolved = [alert for name in told.resolved if (alert := _record(records, name, "resolved"))]
    if not line.aim.send_resolved:
        resolved = []
    # Without those that fire it would say that all is well.
    if not (firing if told.firing else resolved):
        return None
    found = [*sorted(firing, key=_began), *sorted(resolved, key=_began)]
    reason: Reason = "new" if told.firing else "resolved"
    return msgspec.structs.replace(
        _notice(group, line, tuple(found), told.at),
        seq=told.seq,
        episode=told.episode,
        reason=reason,
        firing=tuple(sorted(told.firing)),
        resolved=tuple(sorted(told.resolved)),
        text="told again: whether it arrived is unknown",
    )


def _notice(group: Group, line: Line, alerts: tuple[Alert, ...], now: int) -> Notice:
    seq = line.seq + 1
    episode = line.told.episode if line.told and line.told.firing else ""
    return Notice(
        group=group.key,
        labels=group.labels,
        receiver=group.route.receiver,
        aim=line.aim.name,
        seq=seq,
        # The sequence number tells apart what began at the same time.
        episode=episode or f"{min(alert.starts_at for alert in alerts)}.{seq}",
        reason="new",
        why=group.why,
        at=now,
        alerts=alerts,
    )


def _order(known: Known) -> tuple[int, str]:
    return _began(known.alert)


def _began(alert: Alert) -> tuple[int, str]:
    return alert.starts_at, alert.id


def _record(records: Mapping[tuple[str, str], Alert], name: str, state: State) -> Alert | None:
    """The record of a state; what fired before the replay began is known by its end only."""
    other = records.get((name, "resolved"))
    if state == "firing" and (name, state) not in records and other is not None:
        return msgspec.structs.replace(other, id=f"{name}-firing", state="firing", ends_at=None)
    return records.get((name, state))


def _say_flapping(alerts: Sequence[Alert], told: Told | None) -> str:
    known = told.firing if told else frozenset[str]()
    names = sorted(
        {
            alert.rule
            for alert in alerts
            if alert.flapping and f"{alert.episode_id}{FLAPPING}" not in known
        }
    )
    return f"flapping, so changes are told no more: {', '.join(names)}" if names else ""


def _rest(ack: Ack, now: int) -> str:
    """How long it still holds, to the second: it was made a moment ago."""
    return duration.show(max(0, ack.ends_at - now + 500) // 1_000 * 1_000)
