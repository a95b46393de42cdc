"""What a rate should be at this hour of the week, and how far it may be off."""

import math
from collections.abc import Sequence

import msgspec

from streamgauge.detectors.dispersion import Dispersion
from streamgauge.detectors.rate import Bounds

_HOUR = 3_600_000
_DAY = 24
WEEK = 168


class Expected(msgspec.Struct, frozen=True):
    """The bounds of a window, and what part of an independent event each of its events is worth."""

    bounds: Bounds
    worth: float


class SeasonState(msgspec.Struct):
    """Events and their sum by hour of the week, what these vary by, and when it all began.

    `hours` are the rates and their variances as known when hour `made` (since 1970) began.
    """

    count: list[float]
    total: list[float]
    dispersion: Dispersion = msgspec.field(default_factory=Dispersion)
    since: int = -1
    made: int = -1
    hours: list[tuple[float, float]] = []


class Season(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rate by hour of the week, shrunk to that of the day's hour, and this to that of all.

    How much is shrunk is what hours were found to differ by (empirical Bayes: Morris, 1983). So a
    rate without a season keeps one baseline, an hour that was never seen has wide bounds, and one
    that was seen often has its own. Nothing is said before `warm_up` events and a day; it learns
    for `weeks`, then is frozen. Times are in milliseconds, UTC.

    >>> season = Season(warm_up=1_000)
    >>> state = season.start()
    >>> for hour in range(72):
    ...     season.learn(state, hour * 3_600_000 + 1_800_000, 1_000, 300 if hour % 24 > 11 else 100)
    >>> noon, night = (season.expect(state, (72 + hour) * 3_600_000 + 1) for hour in (15, 3))
    >>> (round(noon.bounds.rate, 2), round(night.bounds.rate, 2))
    (0.3, 0.1)
    """

    warm_up: int = 10_000
    weeks: int = 5

    def start(self) -> SeasonState:
        """The state before any window."""
        return SeasonState([0.0] * WEEK, [0.0] * WEEK)

    def learn(self, state: SeasonState, at: int, count: float, total: float) -> None:
        """One window that is as it should be: callers leave out those in which a change holds."""
        if not (0.0 < count < math.inf and 0.0 <= total <= count):
            return
        if state.since < 0:
            state.since = at
        if at - state.since >= self.weeks * WEEK * _HOUR:
            return
        expected = self.expect(state, at)
        if expected is not None:
            rate = expected.bounds.rate
            state.dispersion.learn(total - count * rate, count * rate * (1.0 - rate))
        slot = (at // _HOUR) % WEEK
        state.count[slot] += count
        state.total[slot] += total

    def expect(self, state: SeasonState, at: int) -> Expected | None:
        """The bounds at that time, between the middles of its hour and the nearest other.

        What an hour teaches is known from the next one on.
        """
        events = sum(state.count)
        if events < self.warm_up or at - state.since < _DAY * _HOUR:
            return None
        factor = state.dispersion.factor
        if at // _HOUR != state.made:
            state.made, state.hours = at // _HOUR, _hours(state, events, factor)
        slot, within = (at // _HOUR) % WEEK, (at % _HOUR) / _HOUR
        far = abs(within - 0.5)
        here = state.hours[slot]
        other = state.hours[(slot + (1 if within >= 0.5 else -1)) % WEEK]
        rate = here[0] * (1.0 - far) + other[0] * far
        error = math.sqrt(max(here[1], other[1]))
        return Expected(Bounds(max(rate - error, 0.0), min(rate + error, 1.0), error), 1.0 / factor)


def _hours(state: SeasonState, events: float, factor: float) -> list[tuple[float, float]]:
    days = [sum(state.count[hour::_DAY]) for hour in range(_DAY)]
    sums = [sum(state.total[hour::_DAY]) for hour in range(_DAY)]
    overall = (sum(sums) + 0.5) / (events + 1.0)
    chance = overall * (1.0 - overall) * factor
    by_day = _shrink(days, sums, [(overall, chance / events)] * _DAY, chance)
    return _shrink(state.count, state.total, by_day * (WEEK // _DAY), chance)


def _shrink(
    counts: Sequence[float],
    totals: Sequence[float],
    centres: Sequence[tuple[float, float]],
    chance: float,
) -> list[tuple[float, float]]:
    """Each rate with its variance, pulled to its centre as far as it could be chance."""
    off = [
        total / count - centre if count else 0.0
        for count, total, (centre, _) in zip(counts, totals, centres, strict=True)
    ]
    events, seen = sum(counts), sum(count > 0 for count in counts)
    apart = events - sum(count * count for count in counts) / events
    spread = sum(count * by * by for count, by in zip(counts, off, strict=True))
    between = max((spread - (seen - 1) * chance) / apart, 0.0) if apart > 0 else 0.0
    pulled = []
    for count, by, (centre, variance) in zip(counts, off, centres, strict=True):
        own = between * count / (between * count + chance)
        pulled.append((centre + own * by, (1.0 - own) * (between + variance)))
    return pulled
