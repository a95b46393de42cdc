"""The cells that peers count into: the same in Python and in benchmarks/peers (Cells.java)."""

import math

import numpy as np
from numpy.typing import NDArray

from streamgauge.metrics.column import Floats, Ints

CONFIDENCE = 1_001
FEATURE = 512
REGISTER_BITS = 11
REGISTERS = 1 << REGISTER_BITS
WINDOW_MS = 60_000
# How long a window stays open: delay and lateness of streamgauge's default settings.
KEPT_MS = 630_000
_RANKED = 43
_LOW = -8.0
_PER_UNIT = (FEATURE - 2) / 16.0


class LogCells:
    """Buckets whose width grows with the value; `low` and less share cell 0.

    >>> LATENCY.of(0.25), LATENCY.all_of(np.array([0.0, 0.25])).tolist()
    (628, [0, 628])
    """

    def __init__(self, low: float, high: float, growth: float) -> None:
        self._low = low
        self._log_low = math.log(low)
        self._log_growth = math.log(growth)
        self.width = math.ceil((math.log(high) - self._log_low) / self._log_growth) + 2

    def of(self, value: float) -> int:
        """The cell of one value."""
        if value <= self._low:
            return 0
        step = math.ceil((math.log(value) - self._log_low) / self._log_growth)
        return max(0, min(step, self.width - 1))

    def all_of(self, values: Floats) -> Ints:
        """The cells of many values."""
        logs = np.log(np.maximum(values, self._low))
        steps = np.ceil((logs - self._log_low) / self._log_growth)
        return np.clip(steps, 0, self.width - 1).astype(np.int64)


LATENCY = LogCells(1e-6, 3_600.0, 1.02)
SIDE = LogCells(1e-6, 1e9, 1.05)
PREDICTION = 2 * SIDE.width - 1


def prediction(values: Floats) -> Ints:
    """The cells of predicted numbers, zero in the middle."""
    zero = SIDE.width - 1
    side = SIDE.all_of(np.abs(values))
    cells: Ints = np.where(values < 0, zero - side, zero + side)
    return cells


def feature(values: Floats) -> Ints:
    """510 cells from -8 to 8, with one below and one above.

    >>> feature(np.array([-9.0, 0.0, 9.0])).tolist()
    [0, 256, 511]
    """
    cells = np.floor((values - _LOW) * _PER_UNIT) + 1
    return np.asarray(np.clip(cells, 0, FEATURE - 1), np.int64)


def hashes(values: Floats) -> NDArray[np.uint64]:
    """The finalizer of splitmix64 over the bits of numbers."""
    mixed = values.view(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    whole: NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
    return whole


def registers(hashed: NDArray[np.uint64]) -> tuple[Ints, NDArray[np.uint8]]:
    """The HyperLogLog register of each hash, and its rank: leading zeros of the rest plus one.

    >>> place, rank = registers(np.array([1 << 63, 1 << 52, 1], np.uint64))
    >>> place.tolist(), rank.tolist()
    ([1024, 0, 0], [43, 1, 43])
    """
    place = (hashed >> np.uint64(64 - REGISTER_BITS)).astype(np.int64)
    # The top 43 of the other 53 bits fit a float exactly; their exponent tells the leading zeros.
    rest = (hashed << np.uint64(REGISTER_BITS)) >> np.uint64(64 - _RANKED)
    _, exponent = np.frexp((rest | np.uint64(1)).astype(np.float64))
    return place, (_RANKED + 1 - exponent).astype(np.uint8)
