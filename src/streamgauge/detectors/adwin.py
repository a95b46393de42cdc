"""ADWIN: signals when the mean of a stream is no longer what it was, up or down."""

import math
from collections.abc import Sequence
from typing import Any

import msgspec
from river import drift

from streamgauge.detectors.base import Change, Detector
from streamgauge.detectors.standard import Scale

# Beyond this a square, and so the deviation, would be infinite and the detector blind for ever.
_LIMIT = 1e150


class AdwinState(msgspec.Struct):
    """The frozen scale and river's window."""

    scale: Scale
    window: Any


class Adwin(Detector, frozen=True, tag="adwin"):
    """river's ADWIN (Bifet, Gavaldà: "Learning from Time-Changing Data", 2007) on scaled values.

    `delta` bounds the chance of a false cut at each check. The values must be single observations:
    on means of batches ADWIN goes blind.

    >>> detector = Adwin(warm_up=200)
    >>> state = detector.start()
    >>> detector.step(state, [0.0, 1.0] * 400) is None
    True
    >>> change = detector.step(state, [2.0, 3.0] * 200)
    >>> change.after > 2.0 > change.before
    True
    """

    delta: float = 1e-4
    warm_up: int = 250
    # The stream lies on 0..1, as errors do: a warm-up without any would make every error huge.
    rate: bool = False

    def start(self) -> AdwinState:
        window: Any = drift.ADWIN  # river's constructors are untyped
        scale = Scale.of_rate() if self.rate else Scale(self.warm_up)
        return AdwinState(scale, window(delta=self.delta, clock=16))

    def step(self, state: AdwinState, values: Sequence[float | None]) -> Change | None:
        scale, window = state.scale, state.window
        before: float | None = None
        for value in values:
            if value is None or not math.isfinite(value):
                continue
            bounded = min(max(value, -_LIMIT), _LIMIT)
            if not scale.ready:
                scale.learn(bounded)
                continue
            mean = window.estimation
            window.update(scale.map(bounded))
            if window.drift_detected and before is None:
                before = mean
        if before is None:
            return None
        # ADWIN drops what is old bit by bit; at the end of the values its mean is of the new.
        was, now = scale.unmap(before), scale.unmap(window.estimation)
        return Change(was, now, abs(now - was) / scale.deviation)
