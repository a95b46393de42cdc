"""Entries of time intervals → intervals by name."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from streamgauge.alerting.configuration.entry import IntervalEntry, PeriodEntry
from streamgauge.alerting.marked_yaml import MarkedYaml, Step
from streamgauge.alerting.routing.time_interval import (
    Period,
    Range,
    TimeInterval,
    find_zone,
    read_days,
    read_months,
    read_times,
    read_weekdays,
    read_years,
)

T = TypeVar("T")


def read_intervals(
    document: MarkedYaml, lists: dict[str, list[IntervalEntry]]
) -> dict[str, TimeInterval]:
    """The intervals of both keys, the old one and the new one, under one set of names."""
    found: dict[str, TimeInterval] = {}
    for key, entries in lists.items():
        for number, entry in enumerate(entries):
            place: tuple[Step, ...] = (key, number)
            if not entry.name or entry.name in found:
                raise document.error(
                    (*place, "name"),
                    f"time interval {entry.name!r}: expected a name that no other has",
                )
            found[entry.name] = TimeInterval(
                tuple(
                    _period(document, (*place, "time_intervals", n), period)
                    for n, period in enumerate(entry.time_intervals)
                )
            )
    return found


def _period(document: MarkedYaml, place: Sequence[Step], entry: PeriodEntry) -> Period:
    def read(
        field: str, items: list[T] | None, how: Callable[[T], Range]
    ) -> tuple[Range, ...] | None:
        if items is None:
            return None
        found = []
        for number, item in enumerate(items):
            try:
                found.append(how(item))
            except ValueError as error:
                raise document.error((*place, field, number), f"{field}: {error}") from None
        return tuple(found)

    try:
        find_zone(entry.location)
    except ValueError as error:
        raise document.error((*place, "location"), f"location: {error}") from None
    return Period(
        minutes=read(
            "times", entry.times, lambda times: read_times(times.start_time, times.end_time)
        ),
        weekdays=read("weekdays", entry.weekdays, read_weekdays),
        days=read("days_of_month", entry.days_of_month, read_days),
        months=read("months", entry.months, read_months),
        years=read("years", entry.years, read_years),
        zone=entry.location,
    )
