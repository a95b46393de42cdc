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
    for value in values:
        if value is None or not math.isfinite(value):
            continue
        bounded = min(max(value, -_LIMIT), _LIMIT)
        if not scale.ready:
            scale.learn(bounded)
            continue
        place = scale.map(bounded)
        state.split.add(place)
        state.last = [*state.last[1 - _LAST :], bounded]
        count, total = count + 1, total + scale.unmap(place)
        for river, seen in zip(rivers, (place, 1.0 - place), strict=False):
            river.update(seen)
        if any(river.drift_detected for river in rivers):
            mean, count, places = state.split.sides()
            before = scale.unmap(mean) if math.isnan(before) else before
            total = count * scale.unmap(places / max(count, 1))
            rivers, state.split = fresh(), Split()
            scale.move(median(state.last))
    state.rivers = [take(river) for river in rivers]
    if math.isnan(before):
        return None
    # All values since the change are of the new mean, also those after the alarm.
    after = total / count if count else before
    return Change(before, after, abs(after - before) / scale.deviation)
