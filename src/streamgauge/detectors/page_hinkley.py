"""Page-Hinkley: signals when deviations from the mean add up, up or down."""

from collections.abc import Sequence
from typing import Any

from river import drift

from streamgauge.detectors.base import Change, Detector
from streamgauge.detectors.river_watch import RiverState, follow
from streamgauge.detectors.standard import UNIT


class PageHinkley(Detector, frozen=True, tag="page_hinkley"):
    """river's Page-Hinkley test (Page: "Continuous Inspection Schemes", 1954), two-sided.

    Both parameters are in deviations of the stream: `delta` is what a value may be off for nothing,
    `threshold` what the rest may add up to. Simulated, the defaults make no false alarm in 10
    million normal values, as ADWIN's default makes none in 5 million; they find what moves by half
    a deviation after 130 values, and hardly ever what moves by less than .2. river's own fading is
    off: with it a still stream makes 40 false alarms a million.

    >>> detector = PageHinkley(warm_up=200)
    >>> state = detector.start()
    >>> detector.step(state, [0.0, 1.0] * 400) is None
    True
    >>> detector.step(state, [-2.0, -1.0] * 200).direction
    'down'
    """

    delta: float = 0.2
    threshold: float = 40.0
    warm_up: int = 250

    def start(self) -> RiverState:
        return RiverState.of(self.warm_up)

    def step(self, state: RiverState, values: Sequence[float | None]) -> Change | None:
        return follow(state, self._fresh, values)

    def _fresh(self) -> list[Any]:
        test: Any = drift.PageHinkley  # river's constructors are untyped
        return [test(delta=self.delta * UNIT, threshold=self.threshold * UNIT, alpha=1.0)]
