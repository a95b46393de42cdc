"""Alerts that are told once a day or week: what has come since the last time, and what is due."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from streamgauge.alerting.matcher import match_all
from streamgauge.alerting.routing.notice import Notice
from streamgauge.alerting.routing.plan import Aim, Digest, Plan
from streamgauge.alerting.routing.told import Told
from streamgauge.contracts.alert import Alert

# How the keys of all digests begin.
PLACE = '{}/digest="'
_SHOWN = 100
_NAMED = 10
_AGAIN = 300_000


class Chapter(msgspec.Struct, eq=False):
    """What one integration has to be told at `due`: all that came after `since` (ms)."""

    digest: Digest
    aim: Aim
    since: int | None = None
    due: int | None = None
    seq: int = 0
    alerts: dict[str, Alert] = {}
    counts: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)
    notice: Notice | None = None
    # What the notice counted that is on its way.
    counted: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)

    def begin(self, since: int) -> None:
        """Nothing has come since a moment."""
        self.since, self.due = since, next_moment(self.digest, since)
        self.alerts, self.counts = {}, Counter()

    def follow(self, digest: Digest, aim: Aim, at: int) -> None:
        """Another configuration; what came until now is told at its next moment."""
        old, self.digest, self.aim = self.digest, digest, aim
        moved = (old.minute, old.weekday, old.zone) != (digest.minute, digest.weekday, digest.zone)
        if self.since is not None and moved:
            self.due = next_moment(digest, max(self.since, at))

    def take_back(self, notice: Notice, at: int) -> None:
        """It has failed: all of it is told at `at`, with what came meanwhile."""
        later, self.alerts = self.alerts, {one.episode_id: one for one in notice.alerts}
        for name, alert in later.items():
            if name in self.alerts or len(self.alerts) < _SHOWN:
                self.alerts[name] = alert
        self.counts = self.counted + self.counts
        self.since, self.due = int(notice.episode), at

    def roll(self, now: int) -> None:
        """Skip what is due and has nothing to say; a weekly one always says something."""
        while self.due is not None and self.due <= now and not self.has_news:
            self.begin(self.due)

    @property
    def has_news(self) -> bool:
        """Whether it is told when it is due."""
        return bool(self.counts) or self.digest.weekday is not None

    def take(self, alert: Alert) -> None:
        """Count an alert that fires or is over."""
        for kind, value in (
            ("state", alert.state),
            ("rule", alert.rule),
            ("model", alert.labels.get("model", "")),
            ("severity", alert.severity),
        ):
            if value:
                self.counts[kind, value] += 1
        if alert.episode_id in self.alerts or len(self.alerts) < _SHOWN:
            self.alerts[alert.episode_id] = alert


class Digests:
    """All digests of a configuration, one chapter an integration."""

    def __init__(self, plan: Plan) -> None:
        self._chapters: dict[tuple[str, str], Chapter] = {}
        self.follow(plan, 0)

    def follow(self, plan: Plan, at: int) -> None:
        """Another configuration; what has been counted and what is on its way stays."""
        self._plan = plan
        old, self._chapters = self._chapters, {}
        for digest in plan.digests:
            for aim in plan.receivers[digest.receiver]:
                place = (_key(digest), aim.name)
                chapter = old.get(place)
                if chapter is None:
                    chapter = Chapter(digest, aim)
                chapter.follow(digest, aim, at)
                self._chapters[place] = chapter

    def restore(self, told: Mapping[tuple[str, str], Told]) -> None:
        """The ledger says when the last ones were told; an unknown outcome is told again."""
        for place, chapter in self._chapters.items():
            if entry := told.get(place):
                chapter.begin(entry.at)
                chapter.seq = entry.seq
                if not entry.delivered:
                    chapter.begin(int(entry.episode))
                    chapter.due, chapter.seq = entry.at, entry.seq - 1

    def alone(self, alert: Alert) -> bool:
        """Whether an alert is told in digests only."""
        return any(digest.only and is_about(digest, alert) for digest in self._plan.digests)

    def take(self, alert: Alert, at: int) -> None:
        """An alert fires, or is over, since `at`."""
        for chapter in self._chapters.values():
            if chapter.since is None:
                chapter.begin(at - 1)
            chapter.roll(at)
            if at > (chapter.since or 0) and is_about(chapter.digest, alert):
                chapter.take(alert)

    def remember(self, alert: Alert, at: int) -> None:
        """Count a record of an earlier run; a first digest has those of its own period only."""
        for chapter in self._chapters.values():
            while chapter.seq == 0 and chapter.due is not None and chapter.due <= at:
                chapter.begin(chapter.due)
        self.take(alert, at)

    def next_due(self) -> int | None:
        """When the next one is told."""
        waiting = [one for one in self._chapters.values() if one.notice is None]
        return min((one.due for one in waiting if one.due is not None), default=None)

    def due(self, now: int) -> list[Notice]:
        """What is told now."""
        notices = []
        for chapter in self._chapters.values():
            if chapter.since is None:
                chapter.begin(now)
            chapter.roll(now)
            if chapter.notice is None and chapter.due is not None and chapter.due <= now:
                chapter.notice = _write(chapter, now)
                chapter.seq += 1
                chapter.counted = chapter.counts
                chapter.begin(now)
                notices.append(chapter.notice)
        return notices

    def settle(self, notice: Notice, *, delivered: bool, at: int) -> None:
        """One has arrived; one that failed is told again in a while, with what came meanwhile."""
        chapter = self._chapters.get((notice.group, notice.aim))
        if chapter is None or chapter.notice is None or chapter.notice.key != notice.key:
            return
        chapter.notice = None
        if not delivered:
            chapter.take_back(notice, at + _AGAIN)

    def set_back(self, now: int) -> None:
        """The clock was set back: nothing waits longer than its period."""
        for chapter in self._chapters.values():
            if chapter.due is not None and chapter.due > next_moment(chapter.digest, now):
                chapter.due = next_moment(chapter.digest, now)


def reach(plan: Plan) -> int:
    """How far (ms) before now a run has to look back for its digests, with an hour to spare."""
    periods = [1 if digest.weekday is None else 7 for digest in plan.digests]
    return max(periods) * 86_400_000 + 3_600_000 if periods else 0


def next_moment(digest: Digest, after: int) -> int:
    """The first moment after `after` at which it is due, by the clocks of its zone.

    A time of day that a clock skips in spring comes as much later; one that comes twice in autumn
    is the first one.

    >>> digest = Digest("d", "team", (), minute=9 * 60, zone="Europe/Berlin")
    >>> next_moment(digest, 0) // 3_600_000
    8
    """
    zone = ZoneInfo(digest.zone)
    day = datetime.fromtimestamp(after / 1000, zone).date() - timedelta(days=1)
    while True:
        if digest.weekday in (None, day.weekday()):
            hour, minute = divmod(digest.minute, 60)
            moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
            at = round(moment.timestamp() * 1000)
            if at > after:
                return at
        day += timedelta(days=1)


def _write(chapter: Chapter, now: int) -> Notice:
    digest, counts = chapter.digest, chapter.counts
    since = chapter.since or 0
    over = counts["state", "resolved"]
    parts = [f"{counts['state', 'firing']} alerts fired, {over} ended"]
    for kind in ("severity", "rule", "model"):
        named = [(value, n) for (k, value), n in counts.most_common() if k == kind]
        if named:
            said = ", ".join(f"{value} {n}" for value, n in named[:_NAMED])
            more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
            parts.append(f"by {kind}: {said}{more}")
    alerts = sorted(chapter.alerts.values(), key=lambda one: (one.state, one.starts_at, one.id))
    return Notice(
        group=_key(digest),
        labels={"digest": digest.name},
        receiver=digest.receiver,
        aim=chapter.aim.name,
        seq=chapter.seq + 1,
        episode=f"{since}",
        reason="digest",
        why=f"digest {digest.name}",
        at=now,
        alerts=tuple(alerts),
        text="\n".join(parts),
    )


def _key(digest: Digest) -> str:
    return f'{PLACE}{digest.name}":{{}}'


def is_about(digest: Digest, alert: Alert) -> bool:
    """Whether a digest tells of an alert."""
    return match_all(digest.matchers, alert.labels)
