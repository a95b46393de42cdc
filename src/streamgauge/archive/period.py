"""Weeks and months as sums of days, all in UTC; weeks as ISO 8601 numbers them."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Literal

import msgspec

Window = Literal["day", "week", "month"]
# Turns the integers of days of a source into values.
Add = Callable[[str, list[bytes]], dict[str, float]]


class Day(msgspec.Struct, frozen=True):
    """The integers of one series on one day."""

    series: str
    source: str
    day: date
    count: int
    total: bytes


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """One series in a week or month: of `of_days` days, `days` had events.

    `first` is the first day, `last` the last one. `values` are computed from the sum of all days'
    integers, so a quantile of a week is that of all its events.
    """

    window: Window
    name: str
    first: date
    last: date
    series: str
    source: str
    days: int
    of_days: int
    count: int
    values: dict[str, float]


def name_of(window: Window, day: date) -> str:
    """The period that a day belongs to.

    >>> name_of("week", date(2027, 1, 3)), name_of("month", date(2027, 1, 3))
    ('2026-W53', '2027-01')
    """
    if window == "day":
        return day.isoformat()
    if window == "month":
        return f"{day:%Y-%m}"
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def bounds(window: Window, day: date) -> tuple[date, date]:
    """The first and the last day of the period that a day belongs to.

    >>> [str(end) for end in bounds("month", date(2028, 2, 3))]
    ['2028-02-01', '2028-02-29']
    """
    if window == "day":
        return day, day
    if window == "week":
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=6)
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def roll_up(days: Iterable[Day], window: Window, add: Add) -> list[Period]:
    """The periods of each series, oldest first.

    >>> one = [Day("s", "predictions", date(2026, 11, day), 2, b"x") for day in (15, 16, 22)]
    >>> [(week.name, week.days, week.count) for week in roll_up(one, "week", lambda *_: {})]
    [('2026-W46', 1, 2), ('2026-W47', 2, 4)]
    """
    periods: dict[tuple[date, str, str], list[Day]] = {}
    for day in sorted(days, key=lambda one: (one.day, one.series, one.source)):
        first, _ = bounds(window, day.day)
        periods.setdefault((first, day.series, day.source), []).append(day)
    return [
        Period(
            window=window,
            name=name_of(window, first),
            first=first,
            last=bounds(window, first)[1],
            series=series,
            source=source,
            days=len(held),
            of_days=(bounds(window, first)[1] - first).days + 1,
            count=sum(day.count for day in held),
            values=add(source, [day.total for day in held]),
        )
        for (first, series, source), held in sorted(periods.items())
    ]
