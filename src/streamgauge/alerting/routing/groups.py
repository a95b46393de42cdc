"""All groups: which alert is in which, when each is flushed, and what is owed to whom."""

from collections.abc import Container, Iterable, Mapping

import msgspec

from streamgauge.alerting.routing.agenda import Agenda
from streamgauge.alerting.routing.flush import (
    Content,
    gather,
    presume,
    tell,
    tell_again,
    tell_owner,
)
from streamgauge.alerting.routing.group import Group, key_of, labels_of
from streamgauge.alerting.routing.known import Known
from streamgauge.alerting.routing.line import Line
from streamgauge.alerting.routing.mute import Mutes
from streamgauge.alerting.routing.notice import Notice
from streamgauge.alerting.routing.owed import Owed
from streamgauge.alerting.routing.plan import Aim
from streamgauge.alerting.routing.route import Route
from streamgauge.alerting.routing.told import Told
from streamgauge.contracts.alert import Ack, Alert

# Alertmanager's dispatcher sweeps empty groups every 30 s.
_SWEEP = 30_000
Place = tuple[str, str]


class Groups:
    """Timers, flushes and their results. `outbox` has the notices in the order of their making."""

    def __init__(self, mutes: Mutes) -> None:
        self.outbox: list[Notice] = []
        # What integrations know whose group is gone, or has not come back yet.
        self.told: dict[Place, Told] = {}
        # Lines with a notice on its way whose group is gone: the same group goes on with them.
        self._parked: dict[Place, Line] = {}
        self._mutes = mutes
        self._groups: dict[Place, Group] = {}
        self._agenda: Agenda[Group] = Agenda()
        self._owed = Owed()
        self._doubtful: set[str] = set()
        self._records: dict[tuple[str, str], Alert] = {}
        # Not while a replay goes on.
        self.live = True

    def all(self) -> Iterable[Group]:
        """Every group, empty ones among them."""
        return self._groups.values()

    def next_due(self) -> int | None:
        """When the next group is flushed."""
        return self._agenda.next()

    def restore(self, told: Mapping[Place, Told]) -> None:
        """Go on from the ledger; what has to be told again needs the records it was made of."""
        self.live = False
        self.told.update(told)
        for entry in told.values():
            if not entry.delivered:
                self._doubtful |= entry.firing | entry.resolved

    def read(self, alert: Alert, offset: int) -> None:
        """A record has been taken."""
        self._owed.read(offset)
        if self._doubtful and alert.episode_id in self._doubtful:
            self._records[alert.episode_id, alert.state] = alert

    def position(self) -> int | None:
        """The offset before which nobody is owed anything."""
        return self._owed.position()

    def enter(
        self,
        known: Known,
        route: Route,
        aims: Iterable[Aim],
        at: int,
        *,
        began: int,
        offset: int = -1,
        escalated: str = "",
    ) -> None:
        """Put an alert into its group of a route, for which it has been one since `began`."""
        labels = labels_of(route, known.alert.labels)
        key = key_of(route, labels)
        group = self._groups.get((key, route.receiver))
        if group is None:
            lines = {aim.name: self._line(key, aim, at) for aim in aims}
            group = Group(key, route, labels, lines, route.why(), escalated)
            group.tick = at + route.group_wait
            self._groups[key, route.receiver] = group
        group.insert(known, offset)
        self._arm(group, began, at)

    def update(self, known: Known, at: int, offset: int) -> None:
        """An alert has changed."""
        for group in known.groups:
            group.insert(known, offset)
            self._arm(group, known.at, at)

    def flush_due(self, now: int) -> list[Known]:
        """Flush what is due; returns the alerts that are over and in no group any more."""
        gone: list[Known] = []
        for _, group in self._agenda.due(now):
            if group.members:
                gone += self._flush(group, now)
            elif group.emptied is None or group.emptied + _SWEEP <= now:
                self._keep(group)
                del self._groups[group.key, group.route.receiver]
            else:
                self._tick(group, now)
        return gone

    def settle(self, notice: Notice, told: Told | None, at: int) -> list[Known]:
        """A notice has arrived, or not (None); what waited for that goes now."""
        if told:
            self.told[notice.group, notice.aim] = told
        place = notice.group, notice.aim
        parked = self._parked.get(place)
        if parked and parked.notice and parked.notice.key == notice.key:
            # One that failed keeps its number: the next one must not have the same key.
            parked.settle(told)
            if told and parked.told:
                self.told[place] = parked.told
                del self._parked[place]
            return []
        group = self._groups.get((notice.group, notice.receiver))
        line = group and group.lines.get(notice.aim)
        if not group or not line or line.notice is None or line.notice.key != notice.key:
            return []
        line.settle(told)
        self._say_owner(group, line, at)
        if line.notice is None and line.late:
            line.late = False
            self._say(group, line, gather(group, self._mutes, at), at)
        return self._collect(group, at)

    def acknowledge(self, known: Known, ack: Ack, at: int) -> None:
        """Those who were told hear who owns it, except a receiver of the owner's name."""
        for group in known.groups:
            for line in group.lines.values():
                heard = line.replayed is not None and line.replayed >= ack.at
                if group.route.receiver != ack.owner and not heard:
                    line.acks.append(ack)
                    if line.notice is None:
                        self._say_owner(group, line, at)

    def knows(self, route: Route, aims: Iterable[Aim], known: Known) -> int | None:
        """When somebody of a route was told of an alert that has not ended there, by the ledger."""
        key = key_of(route, labels_of(route, known.alert.labels))
        found = [self.told.get((key, aim.name)) for aim in aims]
        # Whether an end of which nobody knows was heard does not matter: it is told again.
        times = [
            told.at
            for told in found
            if told
            and (known.id in told.firing or (not told.delivered and known.id in told.resolved))
        ]
        return min(times, default=None)

    def caught_up(self, now: int) -> None:
        """No ledger entry of a later time counts as such any more, and doubts can be settled."""
        self.live = True
        for group in self._groups.values():
            for line in group.lines.values():
                if line.replayed is not None:
                    line.replayed = min(line.replayed, now - 1)
                    self._agenda.put(group, now)

    def set_back(self, now: int) -> None:
        """Timers of a clock that was set back would stand still for as long."""
        for group in self._groups.values():
            wait = group.route.group_interval if group.turn else group.route.group_wait
            if group.tick > now + wait:
                group.tick = now + wait
                self._agenda.put(group, group.tick)
        self.caught_up(now)

    def begin_anew(self, aims: Container[str]) -> None:
        """Forget all groups but not what was told, nor what is on its way to one of these."""
        old, self._groups, self._agenda = self._groups, {}, Agenda()
        for group in old.values():
            self._owed.owe(group, None)
            self._keep(group, everything=True)
        # Nobody settles what was on its way to others: their outcome stays unknown.
        self.outbox = [notice for notice in self.outbox if notice.aim in aims]
        self._parked = {place: line for place, line in self._parked.items() if place[1] in aims}

    def go_on(self) -> None:
        """All alerts are in their groups again: of the others, what is on its way is kept."""
        parked = self._parked.items()
        self._parked = {place: line for place, line in parked if line.notice is not None}

    def forget(self, before: int) -> None:
        """Drop what was told before a moment and belongs to no group."""
        alive = {(group.key, name) for group in self._groups.values() for name in group.lines}
        for place, told in list(self.told.items()):
            if told.at < before and place not in alive:
                del self.told[place]
        for place, line in list(self._parked.items()):
            if line.notice is None:
                del self._parked[place]

    def _line(self, key: str, aim: Aim, at: int) -> Line:
        if before := self._parked.pop((key, aim.name), None):
            return before.pass_on(aim)
        told = self.told.get((key, aim.name))
        if told is None:
            return Line(aim)
        return Line(aim, told, told.seq, replayed=min(told.at, at - 1) if self.live else told.at)

    def _arm(self, group: Group, began: int, at: int) -> None:
        """Set the timer of the next flush, and remember what the group owes."""
        self._owed.owe(group, group.oldest())
        if not group.turn:
            if began + group.route.group_wait < at:
                group.tick = at
            if self.live and any(line.doubtful for line in group.lines.values()):
                group.tick = at
        if self._agenda.time(group) != group.tick:
            self._agenda.put(group, group.tick)

    def _flush(self, group: Group, now: int) -> list[Known]:
        group.begin_turn()
        self._tick(group, now)
        content = gather(group, self._mutes, now)
        for line in group.lines.values():
            if line.notice is not None:
                line.late = True
            else:
                self._say(group, line, content, now)
        return self._collect(group, now)

    def _say(self, group: Group, line: Line, content: Content, now: int) -> None:
        if line.replayed is not None and now <= line.replayed:
            # The run before this one has told what there was until then.
            self._agenda.put(group, min(group.tick, line.replayed + 1))
            return
        if line.told and line.doubtful:
            if not self.live:
                return
            if again := tell_again(group, line, self._records):
                # What has changed since is told once this is settled.
                line.late = True
                self.outbox.append(line.send(again, line.covered))
                return
            line.told = msgspec.structs.replace(line.told, delivered=True)
        presumed = frozenset[str]() if self.live else presume(group, line)
        if presumed and not content.firing:
            return
        notice = tell(group, line, content, now, presumed)
        if notice is None:
            line.covered = group.turn
        else:
            self.outbox.append(line.send(notice, group.turn))

    def _say_owner(self, group: Group, line: Line, now: int) -> None:
        if line.acks and (notice := tell_owner(group, line, now)):
            self.outbox.append(line.send(notice, line.covered))

    def _tick(self, group: Group, now: int) -> None:
        group.tick = now + group.route.group_interval
        self._agenda.put(group, group.tick)

    def _collect(self, group: Group, now: int) -> list[Known]:
        gone = group.collect(now)
        self._owed.owe(group, group.oldest())
        if not group.members and group.emptied is not None:
            self._agenda.put(group, min(group.tick, group.emptied + _SWEEP))
        return [known for known in gone if not known.groups]

    def _keep(self, group: Group, *, everything: bool = False) -> None:
        for line in group.lines.values():
            place = group.key, line.aim.name
            if line.told:
                self.told[place] = line.told
            if everything or line.notice:
                self._parked[place] = line
