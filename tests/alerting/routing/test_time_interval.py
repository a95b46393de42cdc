"""Moments and ranges after prometheus/alertmanager timeinterval/timeinterval_test.go."""

from datetime import datetime

import pytest

from streamgauge.alerting.routing.time_interval import (
    Period,
    TimeInterval,
    find_zone,
    read_days,
    read_months,
    read_times,
    read_weekdays,
    read_years,
)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


WORK = Period(weekdays=(read_weekdays("monday:friday"),), minutes=(read_times("09:00", "17:00"),))
BERLIN = Period(minutes=(read_times("02:00", "03:00"),), zone="Europe/Berlin")
CASES = [
    # What holds always and never.
    (Period(), "2026-11-22T02:00+00:00", True),
    (Period(minutes=()), "2026-11-22T02:00+00:00", False),
    # The end is not part of it; 24:00 is the end of the day.
    (WORK, "2020-07-06T09:00+00:00", True),
    (WORK, "2020-07-06T08:59:59+00:00", False),
    (WORK, "2020-07-06T16:59:59+00:00", True),
    (WORK, "2020-07-06T17:00+00:00", False),
    (WORK, "2020-07-05T09:00+00:00", False),
    (WORK, "2020-07-06T11:00+02:00", True),
    (Period(minutes=(read_times("22:00", "24:00"),)), "2020-07-06T23:59:59+00:00", True),
    # The last days of months of all lengths.
    (Period(days=(read_days("-1"),)), "2024-02-29T00:00+00:00", True),
    (Period(days=(read_days("-1"),)), "2023-02-28T23:00+00:00", True),
    (Period(days=(read_days("-1"),)), "2024-02-28T00:00+00:00", False),
    (Period(days=(read_days("-3:-1"),)), "2026-11-28T00:00+00:00", True),
    (Period(days=(read_days("-3:-1"),)), "2026-11-27T00:00+00:00", False),
    (Period(days=(read_days("25:-1"),)), "2026-11-25T00:00+00:00", True),
    (Period(days=(read_days("1:31"),)), "2026-02-28T00:00+00:00", True),
    (Period(days=(read_days("31"),)), "2026-11-30T00:00+00:00", False),
    (Period(days=(read_days("-31:-1"),)), "2026-02-01T00:00+00:00", True),
    (Period(days=(read_days("-31:-30"),)), "2026-02-01T00:00+00:00", False),
    # March is as long as it is, though clocks jump in it.
    (Period(days=(read_days("-1"),), zone="Europe/Berlin"), "2026-03-31T12:00+00:00", True),
    (Period(days=(read_days("-1"),), zone="Europe/Berlin"), "2026-03-30T12:00+00:00", False),
    (Period(months=(read_months("january:march"),)), "2026-03-31T23:00+00:00", True),
    (Period(months=(read_months("1:3"), read_months("DECEMBER"))), "2026-12-01T00:00+00:00", True),
    (Period(months=(read_months("1:3"),)), "2026-04-01T00:00+00:00", False),
    (Period(years=(read_years("2020:2022"),)), "2022-12-31T23:59+00:00", True),
    (Period(years=(read_years("2020"),)), "2021-01-01T00:00+00:00", False),
    (Period(weekdays=(read_weekdays("Sunday:saturday"),)), "2026-11-22T00:00+00:00", True),
    # By the clocks of a zone: in winter, in summer, in the hour that there is twice, or not at all.
    (BERLIN, "2026-01-10T01:30+00:00", True),
    (BERLIN, "2026-07-10T01:30+00:00", False),
    (BERLIN, "2026-10-25T00:30+00:00", True),
    (BERLIN, "2026-10-25T01:30+00:00", True),
    (BERLIN, "2026-03-29T01:30+00:00", False),
    (
        Period(weekdays=(read_weekdays("monday"),), zone="Australia/Sydney"),
        "2026-11-22T13:30+00:00",
        True,
    ),
]


@pytest.mark.parametrize(("period", "moment", "inside"), CASES)
def test_a_period_contains_what_alertmanagers_does(
    period: Period, moment: str, inside: bool
) -> None:
    assert period.contains(at(moment)) == inside


def test_an_interval_is_any_of_its_periods() -> None:
    weekend = Period(weekdays=(read_weekdays("saturday"), read_weekdays("sunday")))
    interval = TimeInterval((WORK, weekend))
    assert interval.contains(at("2020-07-06T10:00+00:00"))
    assert interval.contains(at("2020-07-05T03:00+00:00"))
    assert not interval.contains(at("2020-07-06T03:00+00:00"))
    assert not TimeInterval(()).contains(0)


@pytest.mark.parametrize("zone", ["Nowhere/Town", "../etc/passwd", "/etc/passwd", "utc ", "a\0b"])
def test_a_zone_has_to_exist(zone: str) -> None:
    with pytest.raises(ValueError, match="expected a time zone"):
        find_zone(zone)


def test_an_empty_zone_is_utc_and_local_is_this_machines() -> None:
    assert str(find_zone("")) == "UTC"
    assert find_zone("Local") is None
    assert Period(zone="Local").contains(0)
