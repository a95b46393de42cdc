"""Availability: in which minutes somebody was there, and three ways in which it is asked for.

`api_availability_ratio` is the share of requests that the service did not fail (metrics.error),
`service_availability_ratio` the share of minutes with a healthy heartbeat, and
`monitor_availability_ratio` the share of our own windows that were complete.
"""

MINUTE = 60_000
_PER_HOUR = 60
Minutes = dict[int, int]


def note(minutes: Minutes, ts: int) -> None:
    """Mark the minute of a time in milliseconds; `minutes` holds a bit for each, by the hour.

    >>> minutes = {}
    >>> note(minutes, 3_600_000)
    >>> note(minutes, 3_600_000 + 2 * MINUTE)
    >>> minutes
    {1: 5}
    """
    hour, minute = divmod(ts // MINUTE, _PER_HOUR)
    minutes[hour] = minutes.get(hour, 0) | 1 << minute


def merge(left: Minutes, right: Minutes) -> Minutes:
    """The minutes that either has."""
    merged = dict(left)
    for hour, bits in right.items():
        merged[hour] = merged.get(hour, 0) | bits
    return merged


def share(minutes: Minutes, start: int, end: int) -> float:
    """Which share of the minutes that lie in a window, even with a part of them, is marked.

    >>> share({1: 0b101}, 3_600_000, 3_600_000 + 4 * MINUTE)
    0.5
    """
    first, last = start // MINUTE, max(end - 1, start) // MINUTE
    wanted = range(first, last + 1)
    marked = sum(bits.bit_count() for bits in minutes.values())
    return min(marked / len(wanted), 1.0)
