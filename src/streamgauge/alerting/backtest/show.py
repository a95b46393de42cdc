"""A backtest for a person: lines of a terminal. Pure."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from streamgauge.alerting import duration
from streamgauge.alerting.backtest.episode import Episode
from streamgauge.alerting.backtest.report import Report
from streamgauge.alerting.matcher import show_labels

_RULES_OWN = {"alertname", "severity"}


def show(report: Report) -> Iterator[str]:
    """The lines: first when, then how often, then what differs."""
    if not report.readings:
        yield "nothing was measured in that time"
        return
    for one in report.episodes:
        yield _line(one)
    if report.episodes:
        yield ""
    width = max((len(one.rule) for one in report.rules), default=0)
    for rule in report.rules:
        lasted = duration.show(round(rule.seconds) * 1000)
        yield (
            f"{rule.rule:{width}}  {rule.severity:8}  fired {rule.fired}x, {lasted} in all,"
            f" {rule.notifications_per_week:g} notifications a week"
        )
    yield (
        f"{_time(report.since)} to {_time(report.until)}: {report.readings} readings,"
        f" {report.notifications_per_week:g} notifications a week,"
        f" {report.speed:,.0f} times as fast as life"
    )
    if report.added is not None and report.removed is not None:
        yield from _difference("only with the new rules", report.added)
        yield from _difference("only with the old rules", report.removed)


def _difference(what: str, episodes: Sequence[Episode]) -> Iterator[str]:
    yield f"{what}: {len(episodes)}"
    for one in episodes:
        yield f"  {_line(one)}"


def _line(one: Episode) -> str:
    labels = show_labels(
        {name: value for name, value in one.labels.items() if name not in _RULES_OWN}
    )
    if one.resolved_at is None:
        end = "still fires"
    else:
        end = f"resolved {_time(one.resolved_at)} after {duration.show(one.lasted(0))}"
    return f"{_time(one.fired_at)}  {one.rule}{labels}  {one.value:.6g}  {end}"


def _time(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d %H:%M:%S}"
