"""Feeds river's detectors with values on one scale, and tells a change in the stream's own unit."""

import math
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import msgspec

from streamgauge.detectors.base import Change
from streamgauge.detectors.river_state import Taken, put, take
from streamgauge.detectors.split import Split
from streamgauge.detectors.standard import Scale

# Of so many last values the median is where a stream that moved now is.
_LAST = 9
# Beyond this a square, and so the deviation, would be infinite and the detector blind for ever.
_LIMIT = 1e150


class RiverState(msgspec.Struct):
    """The frozen scale, what river's detectors hold, where the stream may have moved, and is."""

    scale: Scale
    rivers: list[Taken] = []
    split: Split = msgspec.field(default_factory=Split)
    last: list[float] = []

    @classmethod
    def of(cls, warm_up: int, *, rate: bool = False) -> "RiverState":
        """The state before any value; a `rate` lies on 0 ... 1 already."""
        return cls(Scale.of_rate() if rate else Scale(warm_up))


def follow(
    state: RiverState, fresh: Callable[[], list[Any]], values: Sequence[float | None]
) -> Change | None:
    """Feed values in order; the change among them, if any. What is no number is left out.

    `fresh` makes one of river's detectors, or two of which the second sees all upside down. After
    an alarm of either, all begin anew.
    """
    rivers = fresh()
    for river, taken in zip(rivers, state.rivers, strict=False):
        put(river, taken)
    scale, before, count, total = state.scale, math.nan, 0, 0.0
    rest = _learnt(scale, values)
    while rest:
        places = scale.places(rest)
        seen, alarmed = _watch(rivers, places)
        state.split.extend(places[:seen])
        state.last = [*state.last, *rest[:seen]][-_LAST:]
        rest = rest[seen:]
        if not math.isnan(before):
            count, total = count + seen, total + sum(map(scale.unmap, places[:seen]))
        if alarmed:
            mean, count, since = state.split.sides()
            before = scale.unmap(mean) if math.isnan(before) else before
            total = count * scale.unmap(since / max(count, 1))
            rivers, state.split = fresh(), Split()
            scale.move(median(state.last))
    state.rivers = [take(river) for river in rivers]
    if math.isnan(before):
        return None
    # All values since the change are of the new mean, also those after the alarm.
    after = total / count if count else before
    return Change(before, after, abs(after - before) / scale.deviation)


def _learnt(scale: Scale, values: Sequence[float | None]) -> list[float]:
    """The numbers that are left when the scale has learned from those that it needs."""
    numbers = [
        min(max(value, -_LIMIT), _LIMIT)
        for value in values
        if value is not None and math.isfinite(value)
    ]
    learned = 0
    while learned < len(numbers) and not scale.ready:
        scale.learn(numbers[learned])
        learned += 1
    return numbers[learned:]


def _watch(rivers: Sequence[Any], places: Sequence[float]) -> tuple[int, bool]:
    """How many places were seen up to the first alarm, or all of them, and whether there was one.

    This is where the time goes: a loop for each number of detectors.
    """
    if len(rivers) == 1:
        (river,) = rivers
        for seen, place in enumerate(places, 1):
            river.update(place)
            if river.drift_detected:
                return seen, True
        return len(places), False
    upright, mirrored = rivers
    for seen, place in enumerate(places, 1):
        upright.update(place)
        mirrored.update(1.0 - place)
        if upright.drift_detected or mirrored.drift_detected:
            return seen, True
    return len(places), False
