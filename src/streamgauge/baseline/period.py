"""A period of the stream, as people say it."""

from typing import NamedTuple

from streamgauge.alerting import duration
from streamgauge.producers.table import seconds
from streamgauge.settings import InputError


class Period(NamedTuple):
    """From `start` up to, not with, `end`; milliseconds since 1970."""

    start: int
    end: int


def period(begin: str | None, end: str | None, last: str | None, now: int) -> Period:
    """What is asked for: two times, or so long up to now. `InputError` names what is wrong.

    A time is ISO 8601 (UTC unless it says other) or milliseconds since 1970.

    >>> period(None, None, "1h", now=7_200_000)
    Period(start=3600000, end=7200000)
    """
    if last is not None:
        if begin is not None or end is not None:
            raise InputError("last: excludes from and to")
        try:
            asked = Period(now - duration.milliseconds(last), now)
        except ValueError as error:
            raise InputError(f"last: {error}") from None
    elif begin is None or end is None:
        raise InputError("expected from and to, or last, for example 1h")
    else:
        asked = Period(_moment(begin, "from"), _moment(end, "to"))
    if asked.start >= asked.end:
        raise InputError("from: expected a time before to")
    if asked.start >= now:
        raise InputError("from: expected a time that has passed")
    return asked


def _moment(text: str, name: str) -> int:
    if text.isascii() and text.isdigit():
        return int(text)
    return round(seconds(text, name) * 1_000)
