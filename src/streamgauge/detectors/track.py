"""How far values usually are from a baseline: robust, in a few numbers, value by value."""

import math
from statistics import median

import msgspec

_MOST = 1e6
# Median to deviation, of normal values.
_SIGMA = 1.4826
# Of the mean this much counts: for values that are not sparse the median is more.
_SPARSE = 0.8
_MEMORY = 2_000
# The smallest step, and the first one, by which the middle moves.
_STEPS = 0.002, 0.3
# Three in a row that are so far, in deviations, say that it is nowhere near.
_FAR = 1e3
_CLIP = 30.0
FIRST = 30
_TINY = 1e-300


class Track(msgspec.Struct):
    """Half of the values are nearer to the baseline than `middle`; `mean` is their mean distance.

    `first` are the distances of the first values, from which both start. `recent` are the last
    deviations; `record` is kept by who judges them.
    """

    middle: float = 0.0
    mean: float = 0.0
    count: int = 0
    first: list[float] = []
    recent: list[float] = []
    record: float = 0.0

    def deviation(self, least: float) -> float:
        """The robust standard deviation; where most values are the same, the mean has a say.

        >>> track = Track()
        >>> for apart in (-2.0, 1.0, 3.0) * 400:
        ...     _ = track.take(apart, 0.0, 3)
        >>> round(track.deviation(0.0) / 1.4826)
        2
        """
        return max(_SIGMA * self.middle, _SPARSE * self.mean, least, _TINY)

    def take(self, apart: float, least: float, rows: int) -> tuple[float, float]:
        """The deviations of a value; of the last `rows` of them the nearest, if on one side.

        `least` is the smallest deviation that there is.
        """
        score = min(max(apart / self.deviation(least), -_MOST), _MOST)
        self.recent = [*self.recent[1 - rows :], score] if rows > 1 else [score]
        self._learn(abs(apart), least)
        if len(self.recent) < rows or self.count <= FIRST:
            return score, 0.0
        low, high = min(self.recent), max(self.recent)
        return score, low if low > 0 else -high if high < 0 else 0.0

    def _learn(self, size: float, least: float) -> None:
        self.count += 1
        if self.count <= FIRST:
            # One that is huge among the first ones must not be what all others are compared with.
            self.first.append(size)
            self.middle = median(self.first)
            self.mean = self._mean(self.first)
            if self.count == FIRST:
                self.first = []
            return
        self.mean += (min(size, _CLIP * self.deviation(least)) - self.mean) / _MEMORY
        # Moves up and down equally often where half of all values are below it.
        step = min(max(_STEPS[0], 2.0 / self.count), _STEPS[1])
        if min(map(abs, self.recent)) > _FAR:
            step = _STEPS[1]
        moved = self.middle * math.exp(step if size > self.middle else -step)
        self.middle = max(moved, least / 2, _TINY)

    def _mean(self, sizes: list[float]) -> float:
        most = _CLIP * self.middle or sorted(sizes)[-2:][0]
        return sum(min(size, most) for size in sizes) / len(sizes)
