"""Durations as Prometheus writes them: `90s`, `1h30m`."""

import re

from streamgauge.settings import InputError

_UNITS = {
    "y": 365 * 86_400_000,
    "w": 7 * 86_400_000,
    "d": 86_400_000,
    "h": 3_600_000,
    "m": 60_000,
    "s": 1_000,
    "ms": 1,
}
# Nanoseconds in 63 bits, as Go has them.
_LONGEST = (2**63 - 1) // 1_000_000
_DURATION = re.compile("".join(rf"(?:(\d{{1,9}}){unit})?" for unit in _UNITS))


def milliseconds(text: str) -> int:
    """Read a duration; ValueError says what one looks like.

    >>> milliseconds("1h30m"), milliseconds("0")
    (5400000, 0)
    """
    if text == "0":
        return 0
    match = _DURATION.fullmatch(text)
    if not text or not match:
        raise ValueError(f"{text!r} is no duration; expected for example 30s, 5m, 1h30m or 2d")
    parts = zip(match.groups(), _UNITS.values(), strict=True)
    read = sum(int(n or 0) * unit for n, unit in parts)
    if read > _LONGEST:
        raise ValueError(f"{text!r} is out of range; expected at most 292y")
    return read


def option(name: str, text: str) -> int:
    """Read an option of a command; InputError names it."""
    try:
        return milliseconds(text)
    except ValueError as error:
        raise InputError(f"{name}: {error}") from None


def show(duration: int) -> str:
    """Write milliseconds as a duration, the two largest units only.

    >>> show(5_400_000), show(0), show(61_500)
    ('1h30m', '0s', '1m1s')
    """
    parts: list[str] = []
    for unit, size in _UNITS.items():
        count, duration = divmod(duration, size)
        if count and len(parts) < 2:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def show_seconds(duration: int) -> str:
    """The same for people, who count whole seconds from the first one on.

    >>> show_seconds(58_190), show_seconds(190)
    ('58s', '190ms')
    """
    return show(duration - duration % 1_000 if duration >= 1_000 else duration)
