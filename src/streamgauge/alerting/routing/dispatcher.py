"""Who has to be told what now: alerts in, notices out. Pure; every clock is an argument."""

from collections.abc import Iterable, Mapping

from streamgauge.alerting.routing.digests import Digests
from streamgauge.alerting.routing.explanation import Explanation, explain
from streamgauge.alerting.routing.groups import Groups, Place
from streamgauge.alerting.routing.known import Known
from streamgauge.alerting.routing.ladder import Ladder
from streamgauge.alerting.routing.mute import Mutes
from streamgauge.alerting.routing.notice import Notice
from streamgauge.alerting.routing.plan import Aim, Plan
from streamgauge.alerting.routing.standing import Cluster, Standing, cluster, stand
from streamgauge.alerting.routing.told import Told
from streamgauge.alerting.routing.watchdog import RULE as WATCHDOG
from streamgauge.alerting.routing.watchdog import Sight, Watchdog
from streamgauge.contracts.alert import Ack, Alert, Silence

# More is no late record but a clock that was set back.
_SET_BACK = 60_000
_HOUR = 3_600_000
# Alertmanager's data.retention.
_KEPT = 120 * _HOUR


class Dispatcher:
    """Alertmanager's dispatcher as a value that is stepped: groups, timers, mutes, deduplication.

    `at` is when a record arrived, by the broker's clock; `now` is the notifier's. In a replay both
    are the records', so that what happened while nobody ran is told as if somebody had: flush with
    `advance` what is due before a record is taken.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._mutes = Mutes(plan)
        self._groups = Groups(self._mutes)
        self._ladder = Ladder(plan, self._groups, self._mutes)
        self._digests = Digests(plan)
        self._watch = Watchdog(plan.watch, _watchers(plan))
        self._known: dict[str, Known] = {}
        self._coming: list[tuple[int, Alert]] = []
        self._now = self._swept = 0

    def take(self, alert: Alert, at: int, offset: int = -1) -> None:
        """A record of `alerts` that arrived at `at`."""
        self._go_on(at)
        self._groups.read(alert, offset)
        if alert.state == "pending":
            return
        if alert.rule == WATCHDOG and alert.position >= 0:
            self._watch.see_alert(at)
            return
        self._digests.take(alert, at)
        known = self._known.get(alert.fingerprint)
        if known is None:
            known = self._known[alert.fingerprint] = Known.of(alert, at)
            self._enter(known, at, offset)
        else:
            name = known.id
            if not known.take(alert, at):
                return
            if known.id != name:
                # Some of its groups have settled the last episode already, and it has left them.
                self._enter(known, at, offset)
            self._groups.update(known, at, offset)
        self._mutes.inhibitor.see(known)
        if known.resolved and not known.groups:
            self._drop(known)

    def remember(self, alert: Alert, at: int) -> None:
        """A record from before the committed position: it counts for digests only."""
        self._digests.remember(alert, at)

    def see_tick(self, at: int) -> None:
        """Merge has closed a window; without ticks the watch takes merge and judge for one."""
        self._watch.see_tick(at)

    def silent(self, now: int) -> str:
        """Who of merge and judge is silent, in words; empty if nobody is, or nobody watches."""
        return self._watch.silent(now)

    def sights(self, now: int) -> list[Sight]:
        """How long ago merge and judge were heard of; nothing where nobody watches."""
        return self._watch.sights(now)

    def silence(self, silence: Silence, at: int) -> None:
        """A record of `silences`; ValueError says which matcher is none."""
        self._go_on(at)
        self._mutes.silencer.put(silence)

    def acknowledge(self, ack: Ack, at: int) -> None:
        """A record of `acks`; those who were told hear of it, except a receiver of that name."""
        self._go_on(at)
        before = self._mutes.acks.get(ack.id)
        self._mutes.acks[ack.id] = ack.after(before)
        known = self._known.get(ack.fingerprint)
        if known is None or known.id != ack.id or not ack.at <= at < ack.ends_at:
            return
        if before is None or before.owner != ack.owner or before.ends_at <= ack.at:
            self._groups.acknowledge(known, ack, at)

    def settle(self, notice: Notice, delivered: bool, at: int) -> None:
        """A notice has arrived, or failed for good; a failed one is owed at the next flush."""
        if notice.reason == "digest":
            self._digests.settle(notice, delivered=delivered, at=at)
            return
        if notice.reason == "watch":
            self._watch.settle(notice, delivered=delivered, at=at)
            return
        for known in self._groups.settle(notice, Told.of(notice) if delivered else None, at):
            self._drop(known)

    def advance(self, now: int) -> list[Notice]:
        """Flush what is due; the notices have to be told in this order."""
        if now < self._now - _SET_BACK:
            self._groups.set_back(now)
            self._digests.set_back(now)
        self._now = now
        self._go_on(now)
        if abs(now - self._swept) >= _HOUR:
            self._swept = now
            self._mutes.forget(now - _KEPT)
            self._groups.forget(now - _KEPT)
        notices, self._groups.outbox = self._groups.outbox, []
        # In a replay nobody has been silent: time has not passed.
        watched = self._watch.advance(now) if self._groups.live else []
        return notices + self._digests.due(now) + watched

    def next_due(self) -> int | None:
        """When `advance` is worth calling again; None if nothing waits."""
        if self._groups.outbox:
            return self._now
        parts = (self._groups, self._ladder, self._digests)
        times = [part.next_due() for part in parts]
        times += [self._coming[-1][0]] if self._coming else []
        times += [self._watch.due()] if self._groups.live else []
        return min((at for at in times if at is not None), default=None)

    def position(self) -> int | None:
        """The offset of `alerts` that may be committed: before it nobody is owed anything."""
        return self._groups.position()

    def restore(
        self,
        alerts: Iterable[tuple[Alert, int]],
        acks: Iterable[Ack],
        told: Mapping[Place, Told],
    ) -> None:
        """Go on where another run stopped, before the first record.

        `alerts` are those that fire by `alert-state`, each with the time its record arrived; they
        count from that time on, so a replay from the committed position fits in. `told` is the
        newest entry of the ledger of each group and integration. Records are taken from the
        committed position on with `advance` to their times, and then `caught_up` is called.
        """
        self._groups.restore(told)
        self._digests.restore(told)
        self._watch.restore(told)
        self._mutes.acks.update((ack.id, ack) for ack in acks)
        coming = [*self._coming, *((at, alert) for alert, at in alerts)]
        self._coming = sorted(coming, key=lambda one: one[0], reverse=True)

    def caught_up(self, now: int) -> None:
        """The replay is over: notices whose outcome is unknown are told again."""
        self._groups.caught_up(now)

    def reload(self, plan: Plan, at: int) -> None:
        """Another configuration: timers begin anew, what was told stays."""
        self._go_on(at)
        aims = {aim.name for aims in plan.receivers.values() for aim in aims}
        self._plan = plan
        self._mutes.follow(plan)
        self._digests.follow(plan, at)
        self._watch.follow(plan.watch, _watchers(plan), aims)
        self._groups.begin_anew(aims)
        self._ladder = Ladder(plan, self._groups, self._mutes)
        for known in list(self._known.values()):
            owed = [offset for group in known.groups if (offset := group.oldest()) is not None]
            known.groups = []
            self._enter(known, at, min(owed, default=-1))
            self._mutes.inhibitor.see(known)
        self._groups.go_on()

    def alert(self, fingerprint: str) -> Alert | None:
        """The newest record of an alert that fires or has just ended."""
        known = self._known.get(fingerprint)
        return known.alert if known else None

    def alerts(self, now: int) -> list[Standing]:
        """All alerts that are known, each with who is told and what mutes it."""
        return [stand(known, self._mutes, now) for known in self._known.values()]

    def groups(self, now: int) -> list[Cluster]:
        """The alerts as they are told together."""
        return [cluster(group, self._mutes, now) for group in self._groups.all() if group.members]

    def silences(self) -> list[Silence]:
        """All silences, those that are over among them."""
        return self._mutes.silencer.all()

    def ack(self, name: str) -> Ack | None:
        """The newest acknowledgement of an episode, by its id."""
        return self._mutes.acks.get(name)

    def acks(self) -> list[Ack]:
        """All acknowledgements of alerts that are not over."""
        return list(self._mutes.acks.values())

    def explain(self, fingerprint: str, now: int) -> Explanation | None:
        """Who is told of an alert, or why not; None if it is not known."""
        known = self._known.get(fingerprint)
        return explain(known, self._mutes, now) if known else None

    def _enter(self, known: Known, at: int, offset: int) -> None:
        if self._digests.alone(known.alert):
            return
        self._ladder.enter(known, at, offset)
        for route in self._plan.route.find(known.alert.labels):
            aims = self._plan.receivers[route.receiver]
            self._groups.enter(known, route, aims, at, began=known.at, offset=offset)

    def _go_on(self, now: int) -> None:
        while self._coming and self._coming[-1][0] <= now:
            at, alert = self._coming.pop()
            self._flush_due(at)
            self.take(alert, at)
        self._flush_due(now)

    def _flush_due(self, now: int) -> None:
        self._ladder.climb(now)
        for known in self._groups.flush_due(now):
            self._drop(known)

    def _drop(self, known: Known) -> None:
        self._known.pop(known.alert.fingerprint, None)
        self._mutes.acks.pop(known.id, None)


def _watchers(plan: Plan) -> tuple[Aim, ...]:
    return plan.receivers[plan.watch.receiver] if plan.watch else ()
