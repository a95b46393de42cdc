"""An always-valid watch over a bounded rate: errors, nulls, cache hits, clipped losses."""

import math
from typing import Literal

import msgspec

from streamgauge.detectors import tilt
from streamgauge.detectors.tilt import Course

Direction = Literal["up", "down"]

# Alternatives a direction, by odds: from what the baseline can tell at all up to e^2 = 7.4 times.
_ALTERNATIVES = 6
_FARTHEST = 2.0
# The baseline is known to one standard error; alternatives nearer than so many are not tried, so
# that no baseline that was learned by chance 4 errors off ever makes a false alarm of its own.
_NEAREST = 6.0
# The bound on false alarms is not sharp: the statistic overshoots, and the allowance of one
# standard error is more than most baselines need. Measured at rates of .1, twice the budget spends
# three quarters of it.
_LOOSE = 2.0
# A baseline of a rare rate wants so many of the rarer kind, but not ten times the events for it.
_RARE = 50
# A change is over when the rate is back by so many nats: 1,100 to 1.
_BACK = 7.0


class Bounds(msgspec.Struct, frozen=True):
    """Between which rates the stream is as it should be; `error` is of one standard error."""

    low: float
    high: float
    error: float

    @classmethod
    def of(cls, count: float, total: float, margin: float = 0.0) -> "Bounds":
        """What so many values within 0 ... 1 of that sum tell: their mean ± one standard error.

        The error is that of zeros and ones, the largest that values within 0 ... 1 can have.
        `margin` widens both sides, for what is known to vary.

        >>> Bounds.of(10_000, 1_000)
        Bounds(low=0.097..., high=0.103..., error=0.0030...)
        """
        rate = (total + 0.5) / (count + 1.0)
        error = math.sqrt(rate * (1.0 - rate) / max(count, 1.0))
        return cls(max(rate - error - margin, 0.0), min(rate + error + margin, 1.0), error)

    @property
    def rate(self) -> float:
        """The middle of the bounds."""
        return (self.low + self.high) / 2

    def widened(self, margin: float) -> "Bounds":
        """The same with both sides as much farther out."""
        return Bounds(max(self.low - margin, 0.0), min(self.high + margin, 1.0), self.error)


class RateShift(msgspec.Struct, frozen=True):
    """A rate left its bounds (`active`), or is back.

    `before` is the baseline's rate, `after` that of the `events` since the change. `evidence` is
    the log-likelihood ratio of these in nats: 7 are odds of 1,100 to 1.
    """

    active: bool
    direction: Direction
    before: float
    after: float
    evidence: float
    events: float


class RateState(msgspec.Struct):
    """What was learned, what speaks for a change, and the one that holds.

    `back` speaks for the end of the change that holds.
    """

    count: float
    total: float
    up: list[Course]
    down: list[Course]
    held: RateShift | None = None
    back: Course = msgspec.field(default_factory=Course)


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="rate"):
    """A mixture Shiryaev-Roberts e-detector (Shin, Ramdas, Rinaldo, arXiv 2203.03532) on counts.

    The baseline is learned from the first `warm_up` events (of rates below a few thousandths, up to
    ten times as many), then frozen. Windows may hold any number of events; only their count and sum
    matter, so how events are cut into windows changes hardly more than when it is looked.
    `a_false_alarm` is how many events may cost one, where `step` is not told what to spend (see
    `Budget`).

    >>> watch = Rate(warm_up=2_000)
    >>> state = watch.start()
    >>> [watch.step(state, 100, 10) for _ in range(40)] == [None] * 40
    True
    >>> watch.step(state, 100, 60)
    RateShift(active=True, direction='up', before=0.1..., after=0.6, evidence=67.9..., events=100.0)
    """

    warm_up: int = 10_000
    a_false_alarm: float = 1e6

    def start(self, count: float = 0.0, total: float = 0.0) -> RateState:
        """The state before any window; a reference's events, if there are any, are the baseline."""
        return RateState(float(count), float(total), up=_fresh(), down=_fresh())

    def _learns(self, state: RateState) -> bool:
        rarer = min(state.total, state.count - state.total)
        return state.count < self.warm_up * (1 if rarer >= _RARE else 10)

    def step(
        self,
        state: RateState,
        count: float,
        total: float,
        *,
        spent: float | None = None,
        bounds: Bounds | None = None,
        margin: float = 0.0,
    ) -> RateShift | None:
        """One window of `count` values within 0 ... 1 and their sum: a change that begins or ends.

        `spent` is the part of a false alarm that this window may cost. `bounds` replace the
        baseline, if the rate should be another one at this hour; `margin` widens those of the
        baseline, for what a rate may vary by.
        """
        if not (0.0 < count < math.inf and -math.inf < total < math.inf):
            return None
        total = min(max(total, 0.0), count)
        if bounds is None:
            if self._learns(state):
                state.count += count
                state.total += total
                return None
            bounds = Bounds.of(state.count, state.total, margin)
        if state.held is not None:
            return _end(state, state.held, bounds, count, total)
        part = min(count / self.a_false_alarm, 0.01) if spent is None else spent
        return _begin(state, bounds, count, total, max(part, 1e-300))


def _begin(
    state: RateState, bounds: Bounds, count: float, total: float, spent: float
) -> RateShift | None:
    spread = bounds.rate * (1.0 - bounds.rate)
    nearest = min(_NEAREST * bounds.error / max(spread, 1e-12), _FARTHEST / 1.5)
    ratio = (_FARTHEST / max(nearest, 1e-3)) ** (1.0 / (_ALTERNATIVES - 1))
    # Either direction has half of what may be spent.
    part = spent * _LOOSE / 2
    for place, (up, down) in enumerate(zip(state.up, state.down, strict=True)):
        by = _FARTHEST / ratio**place
        tilt.follow(up, by, bounds.high, count, total, spent=part)
        tilt.follow(down, -by, bounds.low, count, total, spent=part)
    if max(tilt.mean(state.up), tilt.mean(state.down)) < 0.0:
        return None
    upwards = tilt.mean(state.up) >= tilt.mean(state.down)
    best = max(state.up if upwards else state.down, key=lambda course: course.evidence)
    state.held = RateShift(
        active=True,
        direction="up" if upwards else "down",
        before=bounds.rate,
        after=best.total / max(best.count, 1.0),
        evidence=best.run,
        events=best.count,
    )
    state.back = Course()
    state.up, state.down = _fresh(), _fresh()
    return state.held


def _fresh() -> list[Course]:
    return [Course() for _ in range(_ALTERNATIVES)]


def _end(
    state: RateState, held: RateShift, bounds: Bounds, count: float, total: float
) -> RateShift | None:
    """The rate is back when it lies on the baseline's side of the middle between both, by odds."""
    edge = bounds.high if held.direction == "up" else bounds.low
    half = (tilt.logit(held.after) - tilt.logit(held.before)) / 2
    middle = tilt.expit(tilt.logit(edge) + half)
    tilt.follow(state.back, -half, middle, count, total, spent=1.0)
    if state.back.run < _BACK:
        return None
    after = state.back.total / max(state.back.count, 1.0)
    state.held = None
    return RateShift(
        active=False,
        direction=held.direction,
        before=bounds.rate,
        after=after,
        evidence=state.back.run,
        events=state.back.count,
    )
