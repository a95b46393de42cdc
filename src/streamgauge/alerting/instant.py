"""Moments as Alertmanager writes them, `2026-11-22T02:28:59.598Z`, and as we count them."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

from streamgauge.contracts.alert import LAST

# A time as requests give it; without a zone it would mean nothing.
Moment = Annotated[datetime, msgspec.Meta(tz=True)]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def show(at: int) -> str:
    """RFC 3339 in UTC with milliseconds; OverflowError outside the years 1 to 9999.

    >>> show(1_000)
    '1970-01-01T00:00:01.000Z'
    """
    moment = _EPOCH + timedelta(milliseconds=at)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def count(moment: datetime | None) -> int | None:
    """Milliseconds since 1970, between 1 and the year 9999 in UTC: farther ones cannot be shown.

    Go writes a time that was not given as year 1: that is None.

    >>> count(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)), count(datetime(1, 1, 1, tzinfo=UTC))
    (1000, None)
    """
    if moment is None or moment.year == 1:
        return None
    return min(max(1, (moment - _EPOCH) // timedelta(milliseconds=1)), LAST)
