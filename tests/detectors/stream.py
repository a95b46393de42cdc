"""Streams that the tests of the detectors watch."""

import numpy as np

from streamgauge.detectors.base import Detector

STATIONARY = {
    "normal": lambda random, size: random.normal(5.0, 2.0, size),
    "lognormal": lambda random, size: random.lognormal(3.0, 1.0, size),
    "rare": lambda random, size: (random.random(size) < 0.1).astype(float),
    "exponential": lambda random, size: random.exponential(1.0, size),
    "uniform": lambda random, size: random.random(size),
}


def shifted(seed: int, *, by: float = 0.5, at: int = 2_000, size: int = 4_000) -> list[float]:
    """Normal values whose mean moves by that many deviations at a place."""
    values = np.random.default_rng(seed).normal(0.0, 1.0, size)
    values[at:] += by
    return [float(value) for value in values]


def alarms(detector: Detector, values: list[float] | list[float | None]) -> list[int]:
    """The places of the values at which a detector signals."""
    state = detector.start()
    return [place for place, value in enumerate(values) if detector.step(state, [value])]
