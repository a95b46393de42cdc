"""ADWIN: signals when the mean of a stream is no longer what it was, up or down."""

from collections.abc import Sequence
from typing import Any

from river import drift

from streamgauge.detectors.base import Change, Detector
from streamgauge.detectors.river_watch import RiverState, follow


class Adwin(Detector, frozen=True, tag="adwin"):
    """river's ADWIN (Bifet, Gavaldà: "Learning from Time-Changing Data", 2007) on scaled values.

    `delta` bounds the chance of a false cut at each check. The values must be single observations:
    on means of batches ADWIN goes blind.

    >>> detector = Adwin(warm_up=200)
    >>> state = detector.start()
    >>> detector.step(state, [0.0, 1.0] * 400) is None
    True
    >>> change = detector.step(state, [2.0, 3.0] * 200)
    >>> (change.direction, change.after > 2.0 > change.before)
    ('up', True)
    """

    delta: float = 1e-4
    warm_up: int = 250
    # The stream lies on 0..1, as errors do: a warm-up without any would make every error huge.
    rate: bool = False

    def start(self) -> RiverState:
        return RiverState.of(self.warm_up, rate=self.rate)

    def step(self, state: RiverState, values: Sequence[float | None]) -> Change | None:
        return follow(state, self._fresh, values)

    def _fresh(self) -> list[Any]:
        window: Any = drift.ADWIN  # river's constructors are untyped
        return [window(delta=self.delta, clock=16)]
