"""What a value usually is at this hour of the week: a median for each of 168 hours.

The hour's median moves the hour of the week towards it: all the way at first, then by a quarter,
and never by more than three deviations, so that an incident teaches little. An hour that was never
seen is the median of that hour on the other days.
"""

from array import array
from statistics import median

import msgspec

HOUR_MS = 3_600_000
_HOURS = 168
_DAY = 24
_KEPT = 64
_SHARE = 0.25
_NONE = float("nan")


def _unknown() -> bytes:
    return array("f", [_NONE] * _HOURS).tobytes()


class HourOfWeek(msgspec.Struct):
    """The medians as 168 floats of 4 bytes, NaN where unknown, and the values of this hour."""

    medians: bytes = msgspec.field(default_factory=_unknown)
    visits: bytes = bytes(_HOURS)
    hour: int = -1
    held: list[float] = []
    every: int = 1
    count: int = 0

    def usual(self, ts: int, value: float) -> float | None:
        """The baseline at a time in milliseconds that is nearest to a value; None if unknown.

        Between the middles of two hours that is a line, or one of both ends: some weeks run in
        slopes and some in steps.

        >>> week = HourOfWeek()
        >>> for hour in range(3):
        ...     week.learn(hour * HOUR_MS, 10.0 * hour, 1.0)
        >>> week.usual(HOUR_MS, 6.0), week.usual(HOUR_MS, 99.0), week.usual(9 * HOUR_MS, 0.0)
        (5.0, 10.0, None)
        """
        hour, within = divmod(ts - HOUR_MS // 2, HOUR_MS)
        medians = memoryview(self.medians).cast("f")
        before, after = _of(medians, hour % _HOURS), _of(medians, (hour + 1) % _HOURS)
        if before is None or after is None:
            return after if before is None else before
        share = within / HOUR_MS
        line = before * (1.0 - share) + after * share
        return min((line, before, after), key=lambda one: abs(value - one))

    def learn(self, ts: int, value: float, deviation: float) -> None:
        """Take a value; the first one of an hour closes the hour before."""
        hour = ts // HOUR_MS
        if hour != self.hour:
            if self.held:
                self._close(deviation)
            self.hour, self.held, self.every, self.count = hour, [], 1, 0
        self.count += 1
        if self.count % self.every == 0:
            self.held.append(value)
            if len(self.held) >= _KEPT:
                self.held, self.every = self.held[::2], 2 * self.every

    def _close(self, deviation: float) -> None:
        place, seen = self.hour % _HOURS, median(self.held)
        medians, visits = array("f", self.medians), bytearray(self.visits)
        was = medians[place]
        if visits[place] and was == was:  # noqa: PLR0124 - NaN is unknown
            most = 3.0 * deviation
            move = min(max(seen - was, -most), most)
            seen = was + move * max(_SHARE, 1.0 / (visits[place] + 1))
        medians[place] = min(max(seen, -3e38), 3e38)
        visits[place] = min(visits[place] + 1, 255)
        self.medians, self.visits = medians.tobytes(), bytes(visits)


def _of(medians: "memoryview[float]", place: int) -> float | None:
    known = medians[place]
    if known == known:  # noqa: PLR0124 - NaN is unknown
        return known
    others = [medians[(place + day * _DAY) % _HOURS] for day in range(1, 7)]
    known_others = [one for one in others if one == one]  # noqa: PLR0124 - NaN is unknown
    return median(known_others) if known_others else None
