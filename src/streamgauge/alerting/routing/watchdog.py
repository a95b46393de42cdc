"""Whether the machinery that would say that something is wrong still runs: the dead man's switch.

The notifier watches what comes from before it: the clock of the stream (`tick`, from merge) and the
refreshes of the Watchdog alert, which always fires (from the judge).
"""

from collections.abc import Container, Iterable, Mapping

import msgspec

from streamgauge.alerting import duration
from streamgauge.alerting.routing.notice import Notice
from streamgauge.alerting.routing.plan import Aim, Watch
from streamgauge.alerting.routing.told import Told
from streamgauge.contracts.alert import Alert, State

GROUP = "{}/watch:{}"
# The rule that always fires.
RULE = "Watchdog"
_AGAIN = 60_000
_RUNBOOK = "docs/runbooks/Watchdog.md"
_LABELS = {"alertname": "StreamgaugeSilent", "severity": "critical"}


class Sight(msgspec.Struct, frozen=True):
    """How long ago (ms) merge or judge was heard of, and whether that is too long."""

    name: str
    age: int
    missing: bool


class Watchdog:
    """Says when merge or judge have been silent for too long, and when they speak again.

    It begins to count with the first look at the clock, so a start is no silence, and no word
    either to those who were told before. Whoever shows it no ticks hears of both together.
    Without a `watch` it only listens.
    """

    def __init__(self, watch: Watch | None, aims: Iterable[Aim]) -> None:
        self._watch = watch
        self._aims = tuple(aims)
        self._tick: int | None = None
        self._alert: int | None = None
        self._told: dict[str, Told] = {}
        self._sent: dict[str, Notice] = {}
        self._not_before = 0
        self._heard = False

    def follow(self, watch: Watch | None, aims: Iterable[Aim], alive: Container[str]) -> None:
        """Another configuration; what was told stays, and what is on its way to `alive` aims."""
        if self._watch is None and not self._heard:
            # Nobody has watched: the silence until now is none.
            self._alert = None
        self._watch, self._aims = watch, tuple(aims)
        self._sent = {aim: notice for aim, notice in self._sent.items() if aim in alive}

    def restore(self, told: Mapping[tuple[str, str], Told]) -> None:
        """What the ledger says."""
        self._told.update((aim, entry) for (group, aim), entry in told.items() if group == GROUP)

    def see_tick(self, at: int) -> None:
        """Merge has closed a window, at a time of the notifier's clock."""
        self._tick = max(self._tick or at, at)

    def see_alert(self, at: int) -> None:
        """The judge has refreshed the Watchdog alert."""
        self._alert = max(self._alert or at, at)
        self._heard = True

    def due(self) -> int | None:
        """When there may be something to tell; None if only news can change that."""
        seen = [at for at in (self._tick, self._alert) if at is not None]
        free = [aim for aim in self._aims if aim.name not in self._sent]
        if self._watch is None or not seen or not free:
            return None
        if all(self._fires(aim) and not self._unknown(aim) for aim in free):
            told = max(self._told[aim.name].at for aim in free)
            return max(seen) if self._heard and min(seen) > told else None
        return max(min(seen) + self._watch.after, self._not_before)

    def advance(self, now: int) -> list[Notice]:
        """What has to be told now; whoever has a notice on its way waits."""
        if self._alert is None:
            self._alert = now
        silent = self.silent(now)
        receiver = self._watch.receiver if self._watch else ""
        found = []
        for aim in self._aims:
            same = self._fires(aim) == bool(silent) and not self._unknown(aim)
            if aim.name in self._sent or same or now < self._not_before:
                continue
            if not silent and not self._heard and not self._unknown(aim):
                continue
            if not silent and not aim.send_resolved:
                self._told.pop(aim.name)
                continue
            notice = _write(receiver, aim, self._told.get(aim.name), silent, now)
            self._sent[aim.name] = notice
            found.append(notice)
        return found

    def settle(self, notice: Notice, *, delivered: bool, at: int) -> None:
        """A notice has arrived, or failed for good: then it is told again in a while."""
        sent = self._sent.get(notice.aim)
        if sent is None or sent.key != notice.key:
            return
        del self._sent[notice.aim]
        if delivered:
            self._told[notice.aim] = Told.of(notice)
        else:
            self._not_before = at + _AGAIN

    def _fires(self, aim: Aim) -> bool:
        told = self._told.get(aim.name)
        return told is not None and bool(told.firing)

    def _unknown(self, aim: Aim) -> bool:
        told = self._told.get(aim.name)
        return told is not None and not told.delivered

    def sights(self, now: int) -> list[Sight]:
        """Both, once they are known; merge first, since the judge hears nothing without it."""
        if self._watch is None:
            return []
        after = self._watch.after
        return [
            Sight(name, now - seen, now - seen >= after)
            for name, seen in (("merge", self._tick), ("judge", self._alert))
            if seen is not None
        ]

    def silent(self, now: int) -> str:
        """Who is silent, in words."""
        for sight in self.sights(now):
            if sight.missing:
                name = sight.name if self._tick is not None else "merge or judge"
                what = "no window closes" if name == "merge" else "no rule is evaluated"
                age = duration.show_seconds(sight.age)
                return f"{name} silent for {age}: {what}, so no other alert can come"
        return ""


def _write(receiver: str, aim: Aim, told: Told | None, silent: str, now: int) -> Notice:
    old = told.episode if told and told.firing else ""
    seq = (told.seq if told else 0) + 1
    episode = old or f"{now}.{seq}"
    if told and not told.delivered:
        seq, episode = told.seq, told.episode
    began = int(episode.partition(".")[0])
    alert = _alert_of(silent, began, now)
    name = alert.episode_id
    return Notice(
        group=GROUP,
        labels=_LABELS,
        receiver=receiver,
        aim=aim.name,
        seq=seq,
        episode=episode,
        reason="watch",
        why="the notifier watches merge and judge",
        at=now,
        alerts=(alert,),
        firing=(name,) if silent else (),
        resolved=() if silent else (name,),
        text=silent or "merge and judge speak again",
    )


def _alert_of(silent: str, began: int, now: int) -> Alert:
    state: State = "firing" if silent else "resolved"
    return Alert(
        id=f"watch-{began}-{state}",
        fingerprint="watch",
        episode=began,
        state=state,
        rule="StreamgaugeSilent",
        severity="critical",
        labels=_LABELS,
        annotations={
            "summary": silent or "merge and judge speak again",
            "runbook_url": _RUNBOOK,
        },
        expr="",
        value=0.0,
        starts_at=began,
        updated_at=now,
        ends_at=None if silent else now,
    )
