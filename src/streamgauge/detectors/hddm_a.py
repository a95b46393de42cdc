"""HDDM-A: signals when a mean leaves Hoeffding's bound of its best time; on request only."""

from collections.abc import Sequence
from typing import Any

from river.drift import binary

from streamgauge.detectors.base import Change, Detector
from streamgauge.detectors.river_watch import RiverState, follow


class HddmA(Detector, frozen=True, tag="hddm_a"):
    """river's HDDM-A, two-sided, on values within 0 ... 1.

    Frías-Blanco et al.: "Online and Non-Parametric Drift Detection Methods Based on Hoeffding's
    Bounds", 2015. `delta` bounds the chance of a false alarm at each value, not over time. It costs
    ten times what ADWIN does.

    >>> detector = HddmA(rate=True)
    >>> state = detector.start()
    >>> detector.step(state, [0.0, 0.0, 0.0, 1.0] * 100) is None
    True
    >>> detector.step(state, [1.0, 1.0, 0.0] * 100).direction
    'up'
    """

    delta: float = 0.001
    warm_up: int = 250
    rate: bool = False

    def start(self) -> RiverState:
        return RiverState.of(self.warm_up, rate=self.rate)

    def step(self, state: RiverState, values: Sequence[float | None]) -> Change | None:
        return follow(state, self._fresh, values)

    def _fresh(self) -> list[Any]:
        method: Any = binary.HDDMA  # river's constructors are untyped
        return [method(drift_confidence=self.delta, two_sided_test=True)]
