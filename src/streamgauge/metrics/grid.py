"""The grid that feature values are counted on while no reference says a better one.

Log-linear like an HdrHistogram (Tene, 2012): four cells to a power of two, so a cell is at most
25 % wide. The cell is read off the bits of the number, so it is the same on every machine.
"""

import numpy as np

from streamgauge.metrics.column import Floats, Ints

CELLS = 512
COARSE = 16
# Numbers nearer to zero than 2**-20 share the middle cell; 2**43 and more share the outer ones.
_LOWEST = -20
_SIDE = 254
_ZERO = 255
# A double is 1 sign bit, 11 of exponent (biased by 1023), 52 of mantissa; two of these are used.
_SHIFT = np.int64(50)
_MAGNITUDE = np.int64(0x7FFF_FFFF_FFFF_FFFF)
_FIRST = np.int64((1023 + _LOWEST) * 4 - 1)


def cell(values: Floats) -> Ints:
    """The cell of each finite value, ascending with the values.

    >>> cell(np.array([-1e300, -1.0, 0.0, 1.0, 1e300])).tolist()
    [1, 174, 255, 336, 509]
    """
    bits = np.ascontiguousarray(values).view(np.int64)
    step = np.clip(((bits & _MAGNITUDE) >> _SHIFT) - _FIRST, 0, _SIDE)
    return np.asarray(np.where(bits < 0, _ZERO - step, _ZERO + step))


def _middles() -> Floats:
    steps = np.arange(_SIDE + 1, dtype=np.int64)
    lower = ((steps + _FIRST) << _SHIFT).view(np.float64)
    upper = ((steps + 1 + _FIRST) << _SHIFT).view(np.float64)
    side = (lower + upper) / 2
    side[0] = 0.0
    middle = np.zeros(CELLS)
    middle[_ZERO : _ZERO + _SIDE + 1] = side
    middle[_ZERO - _SIDE : _ZERO + 1] = -side[::-1]
    return middle


MIDDLE: Floats = _middles()


def coarse(
    cells: np.ndarray[tuple[int, int], np.dtype[np.uint32]],
) -> np.ndarray[tuple[int, int], np.dtype[np.uint32]]:
    """Rows of all cells as rows of sixteen groups of neighbours, which minutes keep."""
    groups = cells.reshape(len(cells), COARSE, CELLS // COARSE)
    return np.asarray(groups.sum(axis=2, dtype=np.uint32))
