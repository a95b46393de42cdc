"""Where embeddings point: 32 fixed random directions, and how the embeddings spread along each.

A random direction is a sign for each coordinate, from the bits of an integer hash, so every machine
and version has the same ones. Along it, vectors of length one that point anywhere are spread as the
standard normal distribution; its sixteenths are the cells. What moves a cloud of embeddings moves
its shadow on some of the directions (Johnson and Lindenstrauss 1984; the signs: Achlioptas 2003).
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from streamgauge.metrics.base import Marks, Metric
from streamgauge.metrics.column import Columns, Floats, Ints

DIRECTIONS = 32
CELLS = 16
# Coordinates become whole numbers, and sums of those below 2^53 are exact in any order: BLAS adds
# up in another order on each machine and for each size of a batch.
_STEPS = 2.0**20
# Quantiles of the standard normal distribution at 1/16, 2/16 ... 8/16.
_LOWER = (
    -1.5341205443525463,
    -1.1503493803760079,
    -0.8871465590188759,
    -0.6744897501960817,
    -0.4887764111146695,
    -0.31863936396437514,
    -0.15731068461017067,
)
EDGES: Floats = np.array([*_LOWER, 0.0, *(-edge for edge in reversed(_LOWER))])
_WHOLE_EDGES = np.rint(EDGES * _STEPS)


class EmbeddingProjections(Metric[Columns]):
    """Cells for the drift detectors: CELLS for each of DIRECTIONS. It prints no measures.

    Embeddings of any length share the cells; those without a direction are left out.
    """

    name = "embedding_projection"
    width = DIRECTIONS * CELLS

    def marks(self, batch: Columns) -> Iterable[Marks]:
        marks = []
        for group in batch.embeddings:
            good = group.usable
            if good.any():
                cell = cells(group.vector[good], group.norm[good]) + np.arange(DIRECTIONS) * CELLS
                place = np.repeat(group.place[good], DIRECTIONS)
                marks.append(Marks(cell.reshape(-1), place))
        return marks

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        return {}

    def samples(self, cells: Ints) -> dict[str, int]:
        return {}


def cells(vector: Floats, norm: Floats) -> Ints:
    """The cell of each vector along each direction, shape (vectors, DIRECTIONS)."""
    whole = np.rint(vector / norm[:, None] * _STEPS)
    return np.searchsorted(_WHOLE_EDGES, whole @ signs(vector.shape[1])).astype(np.int64)


def signs(size: int) -> Floats:
    """Which way each coordinate counts along each direction: 1 or -1, shape (size, DIRECTIONS)."""
    bits = hashed(np.arange(size, dtype=np.uint64))[:, None] >> np.arange(DIRECTIONS).astype("u8")
    way: Floats = 1.0 - 2.0 * (bits & np.uint64(1)).astype(np.float64)
    return way


def hashed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finalizer of SplitMix64 (Steele, Lea, Flood: OOPSLA 2014); integers wrap around.

    >>> int(hashed(np.array([0], np.uint64))[0])
    16294208416658607535
    """
    mixed = (numbers + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
