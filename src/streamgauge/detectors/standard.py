"""Puts a stream of any unit on one scale, so that a detector's bounds mean the same everywhere."""

import math
from collections.abc import Sequence

import msgspec

_LIMIT = 4.0
# One deviation, of what all values lie within.
UNIT = 1 / (2 * _LIMIT)


class Scale(msgspec.Struct):
    """Mean and deviation of the first `warm_up` values, by Welford's method, then frozen.

    A frozen scale cannot drift along with the stream: only an alarm moves it. Values become
    deviations from that mean, cut at ±4 so that one outlier moves nothing, and are mapped onto
    0..1, where ADWIN's bound holds.
    """

    warm_up: int
    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    @classmethod
    def of_rate(cls) -> "Scale":
        """The scale of a stream that lies on 0..1 already, such as errors: nothing to learn.

        >>> Scale.of_rate().map(0.25)
        0.25
        """
        return cls(warm_up=0, count=2, mean=0.5, squares=(1 / (2 * _LIMIT)) ** 2)

    @property
    def ready(self) -> bool:
        """Whether enough values were seen."""
        return self.count >= self.warm_up

    @property
    def deviation(self) -> float:
        """The standard deviation; a constant stream gets one that any change exceeds."""
        spread = math.sqrt(self.squares / max(self.count - 1, 1))
        return spread or max(abs(self.mean) * 1e-6, 1e-12)

    def learn(self, value: float) -> None:
        """Count one value of the warm-up."""
        self.count += 1
        step = value - self.mean
        self.mean += step / self.count
        self.squares += step * (value - self.mean)

    def move(self, middle: float) -> None:
        """After a change, deviations are from the new middle: else what follows would be cut off.

        What lies on 0..1 already stays as it is.
        """
        if self.warm_up:
            self.mean = middle

    def map(self, value: float) -> float:
        """The place of a value on 0..1; the mean is at one half."""
        deviations = (value - self.mean) / self.deviation
        return (min(max(deviations, -_LIMIT), _LIMIT) + _LIMIT) / (2 * _LIMIT)

    def places(self, values: Sequence[float]) -> list[float]:
        """The places of many values: what `map` says of each."""
        mean, deviation = self.mean, self.deviation
        return [
            (min(max((value - mean) / deviation, -_LIMIT), _LIMIT) + _LIMIT) / (2 * _LIMIT)
            for value in values
        ]

    def unmap(self, place: float) -> float:
        """The value at a place.

        >>> scale = Scale(warm_up=2)
        >>> scale.learn(1.0), scale.learn(3.0)
        (None, None)
        >>> round(scale.unmap(scale.map(2.5)), 9)
        2.5
        """
        return self.mean + (place * 2 * _LIMIT - _LIMIT) * self.deviation
