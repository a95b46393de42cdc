"""How many different values there were: HyperLogLog (Flajolet et al., 2007), off by some 2.3 %."""

import numpy as np
from numpy.typing import NDArray

from streamgauge.metrics.column import Floats, Ints

REGISTERS = 2_048
_BITS = np.uint64(11)
_ALPHA = 0.7213 / (1 + 1.079 / REGISTERS)


def registers(values: Floats) -> tuple[Ints, NDArray[np.uint8]]:
    """Which register each value goes to and what it says there; registers merge by maximum."""
    # Zero has two bit patterns; adding zero leaves one.
    bits = _mix(np.ascontiguousarray(values + 0.0).view(np.uint64))
    rest = bits >> _BITS
    # The exponent of a double tells where the lowest set bit is: exact for powers of two.
    lowest = (rest & (~rest + np.uint64(1))).astype(np.float64)
    rho = np.where(rest == 0, 54, (lowest.view(np.int64) >> 52) - 1022)
    return (bits & np.uint64(REGISTERS - 1)).astype(np.int64), rho.astype(np.uint8)


def estimate(held: NDArray[np.uint8]) -> float:
    """The number of different values that these registers have seen.

    >>> held = np.zeros(REGISTERS, np.uint8)
    >>> place, rho = registers(np.arange(1000.0))
    >>> np.maximum.at(held, place, rho)
    >>> 950 < estimate(held) < 1050
    True
    """
    raw = _ALPHA * REGISTERS**2 / float(np.sum(np.exp2(-held.astype(np.float64))))
    empty = int(np.count_nonzero(held == 0))
    if raw <= 2.5 * REGISTERS and empty:
        return float(REGISTERS * np.log(REGISTERS / empty))
    return float(raw)


def _mix(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's finaliser (Steele, Lea, Flood, 2014): every bit depends on every bit."""
    bits = bits + np.uint64(0x9E37_79B9_7F4A_7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58_476D_1CE4_E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D0_49BB_1331_11EB)
    return np.asarray(bits ^ (bits >> np.uint64(31)))
