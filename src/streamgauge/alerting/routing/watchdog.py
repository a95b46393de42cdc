"""Whether the machinery that would say that something is wrong still runs: the dead man's switch.

The notifier watches what comes from before it: the clock of the stream (`tick`, from merge) and the
refreshes of the Watchdog alert, which always fires (from the judge).
"""

from collections.abc import Iterable

from streamgauge.alerting import duration
from streamgauge.alerting.routing.notice import Notice
from streamgauge.alerting.routing.plan import Aim, Watch
from streamgauge.alerting.routing.told import Told
from streamgauge.contracts.alert import Alert

GROUP = "{}/watch:{}"
_LABELS = {"alertname": "StreamgaugeSilent", "severity": "critical"}


class Watchdog:
    """Says when merge or judge have been silent for too long, and when they speak again.

    It begins to count when it is made, so a start is no silence.
    """

    def __init__(self, watch: Watch, aims: Iterable[Aim], now: int) -> None:
        self._receiver = watch.receiver
        self._after = watch.after
        self._aims = tuple(aims)
        self._tick = self._alert = now
        self._told: dict[str, Told] = {}
        self._sent: dict[str, Notice] = {}

    def restore(self, told: Iterable[tuple[tuple[str, str], Told]]) -> None:
        """What the ledger says."""
        self._told.update((aim, entry) for (group, aim), entry in told if group == GROUP)

    def see_tick(self, at: int) -> None:
        """Merge has closed a window, at a time of the notifier's clock."""
        self._tick = max(self._tick, at)

    def see_alert(self, at: int) -> None:
        """The judge has refreshed the Watchdog alert."""
        self._alert = max(self._alert, at)

    def due(self) -> int:
        """When somebody would have been silent for too long."""
        return min(self._tick, self._alert) + self._after

    def advance(self, now: int) -> list[Notice]:
        """What has to be told now; whoever has a notice on its way waits."""
        silent = self._silent(now)
        found = []
        for aim in self._aims:
            told = self._told.get(aim.name)
            fires = told is not None and bool(told.firing)
            unknown = told is not None and not told.delivered
            if aim.name in self._sent or (fires == bool(silent) and not unknown):
                continue
            if not silent and not aim.send_resolved:
                self._told.pop(aim.name)
                continue
            notice = self._write(aim, told, silent, now)
            self._sent[aim.name] = notice
            found.append(notice)
        return found

    def settle(self, notice: Notice, *, delivered: bool) -> None:
        """A notice has arrived, or not: then it is told again."""
        if self._sent.get(notice.aim) == notice:
            del self._sent[notice.aim]
            if delivered:
                self._told[notice.aim] = Told.of(notice)

    def _silent(self, now: int) -> str:
        """Who is silent, in words; merge first, since the judge hears nothing without it."""
        for name, seen in (("merge", self._tick), ("judge", self._alert)):
            if now - seen >= self._after:
                what = "no window closes" if name == "merge" else "no rule is evaluated"
                age = duration.show(now - seen)
                return f"{name} has been silent for {age}: {what}, so no other alert can come"
        return ""

    def _write(self, aim: Aim, told: Told | None, silent: str, now: int) -> Notice:
        old = told.episode if told and told.firing else ""
        seq = (told.seq if told else 0) + 1
        episode = old or f"{now}.{seq}"
        if told and not told.delivered:
            seq, episode = told.seq, told.episode
        began = int(episode.partition(".")[0])
        alert = self._alert_of(silent, began, now)
        name = f"{alert.fingerprint}-{alert.episode}"
        return Notice(
            group=GROUP,
            labels=_LABELS,
            receiver=self._receiver,
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

    @staticmethod
    def _alert_of(silent: str, began: int, now: int) -> Alert:
        state = "firing" if silent else "resolved"
        return Alert(
            id=f"watch-{began}-{state}",
            fingerprint="watch",
            episode=began,
            state="firing" if silent else "resolved",
            rule="StreamgaugeSilent",
            severity="critical",
            labels=_LABELS,
            annotations={"summary": silent or "merge and judge speak again"},
            expr="",
            value=0.0,
            starts_at=began,
            updated_at=now,
            ends_at=None if silent else now,
        )
