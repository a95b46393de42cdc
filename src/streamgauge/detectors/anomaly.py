"""What is unusual in a measure that nobody has set a threshold for; it needs no label.

A value is compared with what is usual at its hour of the week, moved by a level that follows slow
growth; as long as the week is not known, with the values just before it, so that only jumps are
seen. How far it is counts in robust deviations: of three values in a row the nearest one to the
baseline decides, if all are on the same side. That must be `far` deviations away, and farther by
half than it ever was while all was well, or as far as it was when that was unusual: so a stream of
heavy tails or a long memory sets its own threshold. Such records are forgotten within weeks.
"""

import math
from statistics import median
from typing import Literal

import msgspec

from streamgauge.detectors.hour_of_week import HOUR_MS, HourOfWeek
from streamgauge.detectors.track import FIRST, Track

_DAY_MS = 24 * HOUR_MS
# A record counts half as much after four weeks.
_FORGET = math.log(2) / (28 * _DAY_MS)
# The level follows within a day, the quick baseline within thirty values.
_QUICK = 1 / 30
_LIMIT = 1e150


class Oddity(msgspec.Struct, frozen=True, kw_only=True, tag="oddity"):
    """A measure that is unusual: what it usually is (`before`), what it is, by how many deviations.

    `baseline` says what it was compared with.
    """

    direction: Literal["up", "down"]
    before: float
    after: float
    score: float
    baseline: Literal["week", "recent"]


class AnomalyState(msgspec.Struct):
    """All that is known of one measure of one series: some 1.5 kB.

    `score` is how many deviations the last value was away from what is usual.
    """

    since: int = 0
    last: int = 0
    first: list[float] = []
    quick: float = 0.0
    level: float = 0.0
    week: HourOfWeek = msgspec.field(default_factory=HourOfWeek)
    near: Track = msgspec.field(default_factory=Track)
    usual: Track = msgspec.field(default_factory=Track)
    score: float = 0.0
    held: Oddity | None = None
    calm: int = 0


class Anomaly(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="anomaly"):
    """The parameters; see the module. A change of less than `change` of the usual is none.

    `least` values are seen before anything is said, `warm_up` days before the week counts.
    """

    far: float = 5.0
    rows: int = 3
    margin: float = 1.5
    change: float = 0.05
    least: int = 240
    warm_up: float = 8.0
    end: int = 5

    def start(self) -> AnomalyState:
        """Before any value."""
        return AnomalyState()

    def step(self, state: AnomalyState, ts: int, value: float | None) -> Oddity | None:
        """Take the value of a window that ends at `ts` (ms); what holds after it.

        None and NaN change nothing, and neither does a value that is not newer than the last one.
        """
        if value is None or not math.isfinite(value) or (state.last and ts <= state.last):
            return state.held
        value = min(max(value, -_LIMIT), _LIMIT)
        if not state.last:
            state.since = ts
        passed = min(ts - state.last, _DAY_MS) if state.last else 0
        state.last = ts
        near = self._near(state, value)
        usual = self._usual(state, ts, value, passed)
        ready = usual is not None and ts - state.since >= self.warm_up * _DAY_MS
        track = state.usual if ready else state.near
        expected, score, nearest = usual if ready and usual is not None else near
        state.score = score
        for one in (state.near, state.usual):
            one.record *= math.exp(-_FORGET * passed)
        if state.held is not None:
            return self._hold(state, expected, value, score)
        threshold = max(self.far, self.margin * track.record)
        differs = abs(value - expected) >= self.change * abs(expected)
        if nearest >= threshold and differs and track.count >= self.least:
            track.record = max(track.record, nearest / self.margin)
            state.calm = 0
            state.held = Oddity(
                direction="up" if score > 0 else "down",
                before=expected,
                after=value,
                score=abs(score),
                baseline="week" if ready else "recent",
            )
            return state.held
        state.near.record = max(state.near.record, near[2])
        if usual is not None:
            state.usual.record = max(state.usual.record, usual[2])
        return None

    def _near(self, state: AnomalyState, value: float) -> tuple[float, float, float]:
        if state.near.count < FIRST:
            state.first.append(value)
            state.quick = median(state.first)
        elif state.first:
            state.first = []
        expected, least = state.quick, _least(state.quick)
        score, nearest = state.near.take(value - expected, least, self.rows)
        most = 3.0 * state.near.deviation(least)
        state.quick += _QUICK * min(max(value - expected, -most), most)
        return expected, score, nearest

    def _usual(
        self, state: AnomalyState, ts: int, value: float, passed: int
    ) -> tuple[float, float, float] | None:
        baseline = state.week.usual(ts, value - state.level)
        deviation = state.usual.deviation(_least(value)) if state.usual.count else _LIMIT
        state.week.learn(ts, value - state.level, deviation)
        if baseline is None:
            return None
        expected = baseline + state.level
        least = _least(expected)
        score, nearest = state.usual.take(value - expected, least, self.rows)
        most = 3.0 * state.usual.deviation(least)
        if ts - state.since >= self.warm_up * _DAY_MS:
            state.level += min(max(value - expected, -most), most) * passed / _DAY_MS
        return expected, score, nearest

    def _hold(
        self, state: AnomalyState, expected: float, value: float, score: float
    ) -> Oddity | None:
        state.calm = state.calm + 1 if abs(score) < self.far / 2 else 0
        if state.calm >= self.end:
            state.held, state.calm = None, 0
        return state.held


def _least(expected: float) -> float:
    """A thousandth of what is usual is no deviation, whatever a constant stream says."""
    return max(abs(expected) * 1e-3, 1e-12)
