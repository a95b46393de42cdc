"""What a backtest says: for each rule how often, how long, and how many messages. Pure."""

from collections.abc import Iterable, Sequence

import msgspec

from streamgauge.alerting.backtest.episode import Episode, Past
from streamgauge.alerting.routing.plan import Aim, Plan
from streamgauge.alerting.routing.rehearsal import rehearse
from streamgauge.alerting.routing.route import Route

_WEEK = 7 * 86_400_000
# Every alert by itself and at once: what nobody has grouped, muted or repeated.
UNGROUPED = Plan(
    route=Route(receiver="all", group_by=None, group_wait=0, repeat_interval=52 * _WEEK),
    receivers={"all": (Aim("all", True),)},
)


class RuleReport(msgspec.Struct, frozen=True, kw_only=True):
    """One rule: how often it fired, for how many seconds, and notices a week with it in them."""

    rule: str
    severity: str
    fired: int
    seconds: float
    notifications_per_week: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A whole backtest; `speed` is how many times faster than life it ran. Times in ms."""

    since: int
    until: int
    readings: int
    speed: float
    notifications_per_week: float
    rules: list[RuleReport]
    episodes: list[Episode]
    # What fires with these rules and did not with those of --against, and the other way round.
    added: list[Episode] | None = None
    removed: list[Episode] | None = None


def report(past: Past, rules: Iterable[tuple[str, str]], plan: Plan, speed: float) -> Report:
    """Put a run together; `rules` are name and severity of all, also of those that never fired."""
    weeks = max(past.until - past.since, 1) / _WEEK
    notices = rehearse(plan, ((alert.updated_at, alert) for alert in past.alerts), past.until)
    told: dict[str, int] = {}
    for notice in notices:
        for rule in {alert.rule for alert in notice.alerts}:
            told[rule] = told.get(rule, 0) + 1
    return Report(
        since=past.since,
        until=past.until,
        readings=past.readings,
        speed=speed,
        notifications_per_week=round(len(notices) / weeks, 2),
        rules=[
            RuleReport(
                rule=rule,
                severity=severity,
                fired=len(found),
                seconds=sum(one.lasted(past.until) for one in found) / 1000,
                notifications_per_week=round(told.get(rule, 0) / weeks, 2),
            )
            for rule, severity in dict(rules).items()
            for found in [[one for one in past.episodes if one.rule == rule]]
        ],
        episodes=past.episodes,
    )


def differing(mine: Past, theirs: Past) -> list[Episode]:
    """The episodes of one run in whose time the same alert did not fire in the other."""
    others: dict[tuple[str, tuple[tuple[str, str], ...]], list[Episode]] = {}
    for one in theirs.episodes:
        others.setdefault(_key(one), []).append(one)
    return [
        one
        for one in mine.episodes
        if not _meets(one, mine.until, others.get(_key(one), ()), theirs.until)
    ]


def _key(one: Episode) -> tuple[str, tuple[tuple[str, str], ...]]:
    # Another severity is the same alert: what it is about counts.
    labels = {name: value for name, value in one.labels.items() if name != "severity"}
    return one.rule, tuple(sorted(labels.items()))


def _meets(one: Episode, until: int, others: Sequence[Episode], other_until: int) -> bool:
    end = one.fired_at + one.lasted(until)
    return any(
        other.fired_at <= end and one.fired_at <= other.fired_at + other.lasted(other_until)
        for other in others
    )
