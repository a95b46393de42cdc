"""DDM: signals when the rate of errors is well above its least so far; on request only."""

from collections.abc import Sequence
from typing import Any

from river.drift import binary

from streamgauge.detectors.base import Change, Detector
from streamgauge.detectors.river_watch import RiverState, follow


class Ddm(Detector, frozen=True, tag="ddm"):
    """river's DDM (Gama et al.: "Learning with Drift Detection", 2004), and its mirror image.

    It was made for errors (`rate`) and sees them rise; the mirror image sees them fall. Values of
    another kind are scaled onto 0 ... 1 first. `threshold` is 3 for errors, as in the paper, 2 for
    other values, which deviate by a quarter of what errors may. Nobody should page on it: it has no
    memory but one mean, so it is slow late in a long stream, and after none at all the first error
    is an alarm.

    >>> detector = Ddm(rate=True)
    >>> state = detector.start()
    >>> detector.step(state, [0.0, 0.0, 0.0, 1.0] * 100) is None
    True
    >>> detector.step(state, [1.0, 1.0, 0.0] * 100).direction
    'up'
    """

    threshold: float | None = None
    warm_up: int = 250
    rate: bool = False

    def start(self) -> RiverState:
        return RiverState.of(self.warm_up, rate=self.rate)

    def step(self, state: RiverState, values: Sequence[float | None]) -> Change | None:
        return follow(state, self._fresh, values)

    def _fresh(self) -> list[Any]:
        method: Any = binary.DDM  # river's constructors are untyped
        threshold = self.threshold or (3.0 if self.rate else 2.0)
        return [method(drift_threshold=threshold) for _ in range(2)]
