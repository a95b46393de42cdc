"""Sums of numbers and of their squares that neither round nor overflow, in cells of 64 bits.

A number is a whole multiple of 1 / SCALE, cut at ±1e9: below 2^50, and its square below 2^100. Each
is kept as digits of 25 bits, so that a cell takes 2^36 additions, and subtractions take them back.
"""

from collections.abc import Sequence

import numpy as np

from streamgauge.metrics.column import Floats, Ints

SCALE = 1_000_000
LIMIT = 1e9
SUM_WIDTH = 2
SQUARE_WIDTH = 4
_BITS = 25
_MASK = (1 << _BITS) - 1


def whole(values: Floats) -> Ints:
    """Finite numbers as multiples of 1 / SCALE.

    >>> whole(np.array([0.5, 1e300]))
    array([         500000, 1000000000000000])
    """
    return np.rint(np.clip(values, -LIMIT, LIMIT) * SCALE).astype(np.int64)


def digits(numbers: Ints) -> tuple[Ints, Ints]:
    """Two digits a number, each with its sign, the low one first."""
    sign, size = np.sign(numbers), np.abs(numbers)
    return sign * (size & _MASK), sign * (size >> _BITS)


def square_digits(numbers: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Four digits of each number's square, the low one first; they are not carried over.

    >>> total([int(cell[0]) for cell in square_digits(np.array([-1_000_000_000_000_000]))])
    1000000000000000000000000000000
    """
    size = np.abs(numbers)
    low, high = size & _MASK, size >> _BITS
    small, middle, large = low * low, 2 * low * high, high * high
    return (
        small & _MASK,
        (small >> _BITS) + (middle & _MASK),
        (middle >> _BITS) + (large & _MASK),
        large >> _BITS,
    )


def total(cells: Ints | Sequence[int]) -> int:
    """The sum that digits added up to, as an integer of any size."""
    return sum(int(cell) << (_BITS * place) for place, cell in enumerate(cells))
