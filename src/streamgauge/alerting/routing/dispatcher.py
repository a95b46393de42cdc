"""Who has to be told what now: alerts in, notices out. Pure; every clock is an argument."""

from collections.abc import Iterable, Mapping

from streamgauge.alerting.routing.agenda import Agenda
from streamgauge.alerting.routing.flush import Content, gather, tell, tell_again, tell_owner
from streamgauge.alerting.routing.group import Group, key_of, labels_of
from streamgauge.alerting.routing.known import Known, read
from streamgauge.alerting.routing.line import Line
from streamgauge.alerting.routing.mute import Mutes
from streamgauge.alerting.routing.notice import Notice
from streamgauge.alerting.routing.owed import Owed
from streamgauge.alerting.routing.plan import Plan
from streamgauge.alerting.routing.told import Told
from streamgauge.contracts.alert import Ack, Alert, Silence

# Alertmanager's dispatcher sweeps empty groups every 30 s.
_SWEEP = 30_000
# More is no late record but a clock that was set back.
_SET_BACK = 60_000
# Alertmanager's data.retention.
_KEPT = 120 * 3_600_000
_HOUR = 3_600_000


class Dispatcher:
    """Alertmanager's dispatcher as a value that is stepped: groups, timers, mutes, deduplication.

    `at` is when a record arrived, by the broker's clock; `now` is the notifier's. In a replay both
    are the records', so that what happened while nobody ran is told as if somebody had.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._mutes = Mutes(plan)
        self._known: dict[str, Known] = {}
        self._groups: dict[tuple[str, str], Group] = {}
        self._told: dict[tuple[str, str], Told] = {}
        self._agenda: Agenda[Group] = Agenda()
        self._owed = Owed()
        self._outbox: list[Notice] = []
        self._coming: list[tuple[int, Alert]] = []
        self._now = 0
        self._swept = 0
        self._live = False

    def take(self, alert: Alert, at: int, offset: int = -1) -> None:
        """A record of `alerts` that arrived at `at`."""
        self._go_on(at)
        self._owed.read(offset)
        if alert.state == "pending":
            return
        newer = read(alert, at, self._plan.resolve_timeout)
        known = self._known.get(alert.fingerprint)
        if known is None:
            known = self._known[alert.fingerprint] = newer
            self._enter(known, at, offset)
        elif known.take(newer, at):
            for group in known.groups:
                group.insert(known, offset)
                self._arm(group, known, at)
        self._mutes.inhibitor.see(known, at)

    def silence(self, silence: Silence, at: int) -> None:
        """A record of `silences`; ValueError says which matcher is none."""
        self._go_on(at)
        self._mutes.silencer.put(silence)

    def acknowledge(self, ack: Ack, at: int) -> None:
        """A record of `acks`; those who were told hear of it, except a receiver of that name."""
        self._go_on(at)
        before = self._mutes.acks.get(ack.id)
        self._mutes.acks[ack.id] = ack
        known = self._known.get(ack.fingerprint)
        if known is None or known.id != ack.id or not ack.at <= at < ack.ends_at:
            return
        if before and before.owner == ack.owner and before.ends_at > ack.at:
            return
        for group in known.groups:
            for line in group.lines.values():
                heard = line.replayed is not None and line.replayed >= ack.at
                if group.route.receiver != ack.owner and not heard:
                    line.acks.append(ack)
                    if line.notice is None:
                        self._say_owner(group, line, at)

    def settle(self, notice: Notice, delivered: bool, at: int) -> None:
        """A notice has arrived, or failed for good; a failed one is owed at the next flush."""
        told = Told.of(notice) if delivered else None
        if told:
            self._told[notice.group, notice.aim] = told
        group = self._groups.get((notice.group, notice.receiver))
        line = group and group.lines.get(notice.aim)
        if not group or not line or line.notice is None or line.notice.key != notice.key:
            return
        line.settle(told)
        self._say_owner(group, line, at)
        if line.notice is None and line.late:
            line.late = False
            self._say(group, line, gather(group, self._mutes, at), at)
        self._collect(group, at)

    def advance(self, now: int) -> list[Notice]:
        """Flush what is due; the notices have to be told in this order."""
        if now < self._now - _SET_BACK:
            self._set_back(now)
        self._now = now
        self._go_on(now)
        if now >= self._swept + _HOUR:
            self._forget(now)
        notices, self._outbox = self._outbox, []
        return notices

    def next_due(self) -> int | None:
        """When `advance` is worth calling again; None if nothing waits."""
        if self._outbox:
            return self._now
        coming = self._coming[-1][0] if self._coming else None
        return min((at for at in (self._agenda.next(), coming) if at is not None), default=None)

    def position(self) -> int | None:
        """The offset of `alerts` that may be committed: before it nobody is owed anything."""
        return self._owed.position()

    def restore(
        self,
        alerts: Iterable[tuple[Alert, int]],
        silences: Iterable[Silence],
        acks: Iterable[Ack],
        told: Mapping[tuple[str, str], Told],
    ) -> None:
        """Go on where another run stopped, before the first record.

        `alerts` are those that fire by `alert-state`, each with the time its record arrived; they
        count from that time on, so a replay from the committed position fits in. `told` is the
        newest entry of the ledger of each group and integration.
        """
        self._told.update(told)
        for silence in silences:
            self._mutes.silencer.put(silence)
        self._mutes.acks.update((ack.id, ack) for ack in acks)
        self._coming = sorted(
            [*self._coming, *_by_time(alerts)], key=lambda it: it[0], reverse=True
        )

    def caught_up(self, now: int) -> None:
        """The replay is over: what the ledger says of later times was another clock's."""
        self._live = True
        for group in self._groups.values():
            for line in group.lines.values():
                if line.replayed is not None and line.replayed > now:
                    line.replayed = now
                    self._agenda.put(group, now)

    def reload(self, plan: Plan, at: int) -> None:
        """Another configuration: timers begin anew, what was told stays."""
        self._go_on(at)
        self._plan = plan
        self._mutes.follow(plan)
        old, self._groups, self._agenda = self._groups, {}, Agenda()
        for group in old.values():
            self._owed.owe(group, None)
            self._keep(group)
        for known in list(self._known.values()):
            owed = [offset for group in known.groups if (offset := group.oldest()) is not None]
            known.groups = []
            self._enter(known, at, min(owed, default=-1))
            self._mutes.inhibitor.see(known, at)
        for name, group in self._groups.items():
            if name in old:
                group.go_on(old[name])

    def _enter(self, known: Known, at: int, offset: int) -> None:
        """Put an alert into its groups."""
        for route in self._plan.route.find(known.alert.labels):
            labels = labels_of(route, known.alert.labels)
            key = key_of(route, labels)
            group = self._groups.get((key, route.receiver))
            if group is None:
                replayed = at if self._live else None
                lines = {
                    aim.name: Line.restore(aim, self._told.get((key, aim.name)), replayed)
                    for aim in self._plan.receivers[route.receiver]
                }
                group = Group(key, route, labels, lines, tick=at + route.group_wait)
                self._groups[key, route.receiver] = group
            group.insert(known, offset)
            self._arm(group, known, at)

    def _arm(self, group: Group, known: Known, at: int) -> None:
        """Set the timer of the next flush, and remember what the group owes."""
        self._owed.owe(group, group.oldest())
        if not group.turn:
            began = known.at if known.ends is None else min(known.at, known.alert.starts_at)
            if began + group.route.group_wait < at:
                group.tick = at
            for line in group.lines.values():
                if line.told and not line.told.delivered:
                    group.tick = min(group.tick, max(at, line.told.at))
        if self._agenda.time(group) != group.tick:
            self._agenda.put(group, group.tick)

    def _go_on(self, now: int) -> None:
        while self._coming and self._coming[-1][0] <= now:
            at, alert = self._coming.pop()
            self._flush_due(at)
            self.take(alert, at)
        self._flush_due(now)

    def _flush_due(self, now: int) -> None:
        for _, group in self._agenda.due(now):
            if group.members:
                self._flush(group, now)
            elif group.emptied is None or group.emptied + _SWEEP <= now:
                self._keep(group)
                del self._groups[group.key, group.route.receiver]
            else:
                self._next_tick(group, now)

    def _flush(self, group: Group, now: int) -> None:
        group.turn += 1
        self._next_tick(group, now)
        content = gather(group, self._mutes, now)
        for line in group.lines.values():
            if line.notice is not None:
                line.late = True
            else:
                self._say(group, line, content, now)
        self._collect(group, now)

    def _say(self, group: Group, line: Line, content: Content, now: int) -> None:
        if line.replayed is not None and now < line.replayed:
            # The run before this one has told what there was until then.
            self._agenda.put(group, min(group.tick, line.replayed))
            return
        if line.told and not line.told.delivered:
            notice = tell_again(group, line, list(group.members), now)
            # Only the next flush sees what has changed since.
            turn = group.turn - 1
            if notice is None:
                line.told = _as_delivered(line.told)
                notice, turn = tell(group, line, content, now), group.turn
            else:
                line.late = True
        else:
            notice, turn = tell(group, line, content, now), group.turn
        if notice is None:
            line.covered = group.turn
        else:
            self._outbox.append(line.send(notice, turn))

    def _say_owner(self, group: Group, line: Line, now: int) -> None:
        if line.acks and (notice := tell_owner(group, line, list(group.members), now)):
            self._outbox.append(line.send(notice, line.covered))

    def _next_tick(self, group: Group, now: int) -> None:
        group.tick = now + group.route.group_interval
        self._agenda.put(group, group.tick)

    def _collect(self, group: Group, now: int) -> None:
        for known in group.collect(now):
            if not known.groups:
                del self._known[known.alert.fingerprint]
                self._mutes.inhibitor.see(known, now)
                self._mutes.acks.pop(known.id, None)
        self._owed.owe(group, group.oldest())
        if not group.members and group.emptied is not None:
            self._agenda.put(group, min(group.tick, group.emptied + _SWEEP))

    def _keep(self, group: Group) -> None:
        """What was told outlives the group."""
        for line in group.lines.values():
            if line.told:
                self._told[group.key, line.aim.name] = line.told

    def _forget(self, now: int) -> None:
        self._swept = now
        self._mutes.forget(now - _KEPT)
        alive = {(group.key, name) for group in self._groups.values() for name in group.lines}
        for name, told in list(self._told.items()):
            if told.at < now - _KEPT and name not in alive:
                del self._told[name]

    def _set_back(self, now: int) -> None:
        """Timers of a clock that was set back would stand still for as long."""
        for group in self._groups.values():
            route = group.route
            wait = route.group_interval if group.turn else route.group_wait
            if group.tick > now + wait:
                group.tick = now + wait
                self._agenda.put(group, group.tick)
        self.caught_up(now)


def _by_time(alerts: Iterable[tuple[Alert, int]]) -> list[tuple[int, Alert]]:
    return [(at, alert) for alert, at in alerts]


def _as_delivered(told: Told) -> Told:
    return Told(told.seq, told.episode, told.at, told.firing, told.resolved)
