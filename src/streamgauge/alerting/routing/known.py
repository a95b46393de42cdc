"""An alert as it is known now, and how a newer record of it is merged in."""

from typing import TYPE_CHECKING

import msgspec

from streamgauge.contracts.alert import Alert

if TYPE_CHECKING:
    from streamgauge.alerting.routing.group import Group


class Known(msgspec.Struct, eq=False):
    """The newest record of an alert.

    `at` is when its episode arrived. `ends` is when an alert from outside is over unless somebody
    sends it again; None for ours, which have a record of their end. `guessed` is an end that nobody
    said: resolve_timeout.
    """

    alert: Alert
    id: str
    at: int
    ends: int | None = None
    guessed: bool = False
    groups: list["Group"] = []

    def resolved(self, now: int) -> bool:
        """Whether it is over."""
        if self.ends is None:
            return self.alert.state == "resolved"
        return self.ends <= now

    def shown(self, now: int) -> Alert:
        """The alert with the state that it has now."""
        if self.ends is None or (self.ends <= now) == (self.alert.state == "resolved"):
            return self.alert
        return msgspec.structs.replace(
            self.alert, state="resolved", ends_at=self.ends, id=f"{self.id}-resolved"
        )

    def take(self, newer: "Known", now: int) -> bool:
        """Merge a newer record in; False if it is none: a replay's that has been overtaken."""
        old, new = self.alert, newer.alert
        if newer.ends is None:
            again = old.episode == new.episode and old.state == "resolved" != new.state
            if (new.updated_at, not again) < (old.updated_at, True):
                return False
        elif self.ends is not None:
            newer = _overlap(self, newer, now)
        if newer.id == self.id:
            newer.at = self.at
        self.alert, self.id, self.at = newer.alert, newer.id, newer.at
        self.ends, self.guessed = newer.ends, newer.guessed
        return True


def read(alert: Alert, at: int, timeout: int) -> Known:
    """A record that arrived at `at`.

    An alert from outside (it has no `position`) has no episodes, so its beginning counts as one.
    """
    if alert.position >= 0:
        return Known(alert, f"{alert.fingerprint}-{alert.episode}", at)
    ends = alert.ends_at
    guessed = ends is None
    if ends is None:
        ends = at if alert.state == "resolved" else at + timeout
    return _outside(alert, alert.starts_at, alert.starts_at, at, ends, guessed=guessed)


def _outside(
    alert: Alert, episode: int, starts_at: int, at: int, ends: int, *, guessed: bool
) -> Known:
    name = f"{alert.fingerprint}-{episode}"
    over = ends <= at
    state = "resolved" if over else "firing"
    alert = msgspec.structs.replace(
        alert,
        id=f"{name}-{state}",
        episode=episode,
        starts_at=starts_at,
        ends_at=ends if over else None,
        state=state,
    )
    return Known(alert, name, at, ends, guessed)


def _overlap(old: Known, new: Known, now: int) -> Known:
    """Alertmanager's merge: earliest start, newest texts, and of two ends the later one.

    Only what overlaps is merged; what follows without an overlap is a new episode (mem.Alerts.Put,
    types.Alert.Merge; reference TestMergeAlerts).
    """
    if old.ends is None or new.ends is None:
        return new
    began, start = old.alert.starts_at, new.alert.starts_at
    if start > old.ends:
        return new
    ends = new.ends
    guessed = new.guessed
    if began < new.ends < old.ends or began < start < old.ends:
        start = min(began, start)
        later = old.ends > ends
        if later and (old.resolved(now) if new.resolved(now) else not old.guessed):
            ends, guessed = old.ends, False
    return _outside(new.alert, old.alert.episode, start, new.at, ends, guessed=guessed)
