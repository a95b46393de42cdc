"""When routes are mute or active: Alertmanager's time intervals."""

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,9}", re.ASCII)
# The shortest month.
_SHORTEST = 28


class Range(NamedTuple):
    """From `first` to `last`, both included."""

    first: int
    last: int


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """Moments for which all that is given holds; None holds always, an empty list never.

    `minutes` are of the day, `days` of the month (-1 is the last), `weekdays` count from Sunday, 0.
    """

    minutes: tuple[Range, ...] | None = None
    weekdays: tuple[Range, ...] | None = None
    days: tuple[Range, ...] | None = None
    months: tuple[Range, ...] | None = None
    years: tuple[Range, ...] | None = None
    zone: str = "UTC"

    def contains(self, at: int) -> bool:
        """Whether the moment (ms since 1970) lies in it, by the clocks of its zone."""
        moment = datetime.fromtimestamp(at / 1000, find_zone(self.zone))
        here = (
            (self.minutes, moment.hour * 60 + moment.minute),
            (self.weekdays, moment.isoweekday() % 7),
            (self.months, moment.month),
            (self.years, moment.year),
        )
        return all(ranges is None or _among(value, ranges) for ranges, value in here) and (
            self.days is None or _is_on(moment, self.days)
        )


class TimeInterval(msgspec.Struct, frozen=True):
    """Periods under one name; a moment has to be in one of them.

    >>> weekend = TimeInterval((Period(weekdays=(read_weekdays("saturday"),)),))
    >>> weekend.contains(0)  # 1970 began on a Thursday
    False
    """

    periods: tuple[Period, ...]

    def contains(self, at: int) -> bool:
        """Whether the moment (ms since 1970) lies in it."""
        return any(period.contains(at) for period in self.periods)


def find_zone(name: str) -> tzinfo | None:
    """The zone of a name of the IANA database; None is this machine's. ValueError if unknown."""
    if name in ("", "UTC"):
        return UTC
    if name == "Local":
        return None
    try:
        return ZoneInfo(name)
    except (OSError, KeyError, ValueError):
        raise ValueError(f"{name!r}: expected a time zone such as Europe/Berlin") from None


def read_time(text: str) -> int:
    """Minutes from midnight of `HH:MM`; ValueError says what is expected.

    >>> read_time("17:30"), read_time("24:00")
    (1050, 1440)
    """
    match = _TIME.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r}: expected a time from 00:00 to 24:00")
    return int(match[1]) * 60 + int(match[2]) if match[1] else 24 * 60


def read_times(start: str, end: str) -> Range:
    """The minutes from `start` until before `end`."""
    first, behind = read_time(start), read_time(end)
    if first >= behind:
        raise ValueError(f"{start} to {end}: expected the earlier time first; split at midnight")
    return Range(first, behind - 1)


def read_weekdays(text: str) -> Range:
    """`monday:friday` or `sunday`; the week begins on Sunday."""
    first, last = _ends(text, _DAYS, 0, "a day such as monday")
    if first > last:
        raise ValueError(f"{text!r}: expected the earlier day first; the week begins on Sunday")
    return Range(first, last)


def read_months(text: str) -> Range:
    """`january:march`, `1:3` or `12`."""
    first, last = _ends(text, _MONTHS, 1, "a month such as january or 1", numbers=True)
    if not 1 <= first <= last <= len(_MONTHS):
        raise ValueError(f"{text!r}: expected months from 1 to 12, the earlier first")
    return Range(first, last)


def read_years(text: str) -> Range:
    """`2026:2028` or `2026`."""
    first, last = _ends(text, (), 0, "a year", numbers=True)
    if first > last:
        raise ValueError(f"{text!r}: expected the earlier year first")
    return Range(first, last)


def read_days(text: str) -> Range:
    """`1:5`, `31` or `-3:-1`, the last three days of a month."""
    first, last = _ends(text, (), 0, "a day of the month", numbers=True)
    if not all(1 <= abs(day) <= 31 for day in (first, last)):
        raise ValueError(f"{text!r}: expected days from 1 to 31, or -31 to -1 from the end")
    if first < 0 < last:
        raise ValueError(f"{text!r}: expected an end that counts from the month's end too")
    # What would be empty in the shortest month is taken for a slip, as Alertmanager does.
    low, high = (day + _SHORTEST if day < 0 else day for day in (first, last))
    if low > high:
        raise ValueError(f"{text!r}: the last day is before the first")
    return Range(first, last)


def _ends(
    text: str, names: tuple[str, ...], base: int, expected: str, *, numbers: bool = False
) -> tuple[int, int]:
    parts = text.lower().split(":")
    if len(parts) > 2:
        raise ValueError(f"{text!r}: expected {expected}, or two with a colon between")
    found = []
    for part in parts:
        if part in names:
            found.append(names.index(part) + base)
        elif numbers and _NUMBER.fullmatch(part):
            found.append(int(part))
        else:
            raise ValueError(f"{text!r}: expected {expected}, or two with a colon between")
    return found[0], found[-1]


def _among(value: int, ranges: Iterable[Range]) -> bool:
    return any(first <= value <= last for first, last in ranges)


def _is_on(moment: datetime, ranges: Iterable[Range]) -> bool:
    length = monthrange(moment.year, moment.month)[1]
    days = (
        [day + length + 1 if day < 0 else day for day in (first, last)] for first, last in ranges
    )
    return any(first <= moment.day <= last for first, last in days)
