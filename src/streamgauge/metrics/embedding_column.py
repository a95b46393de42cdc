"""The embeddings of a batch as matrices, one for each number of dimensions."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Embeddings(NamedTuple):
    """Vectors of one length: `place` names the event of each row of `vector`, `norm` is Euclid's.

    A vector whose squares are beyond a double has an infinite norm, an empty one has norm 0.
    """

    place: NDArray[np.int64]
    vector: NDArray[np.float64]
    norm: NDArray[np.float64]

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Which vectors have a direction: those that are neither zero nor beyond all numbers."""
        return np.isfinite(self.norm) & (self.norm > 0)


def embeddings(carried: Sequence[Sequence[float] | None]) -> list[Embeddings]:
    """The embedding of each event, where it carries one, grouped by length.

    >>> [group.norm.tolist() for group in embeddings([[3.0, 4.0], None, [2.0]])]
    [[2.0], [5.0]]
    """
    groups: dict[int, list[int]] = {}
    for place, vector in enumerate(carried):
        if vector is not None:
            groups.setdefault(len(vector), []).append(place)
    return [_group(carried, groups[size], size) for size in sorted(groups)]


def _group(carried: Sequence[Sequence[float] | None], places: list[int], size: int) -> Embeddings:
    rows = [carried[place] for place in places]
    vector = np.array(rows, np.float64).reshape(len(places), size)
    with np.errstate(over="ignore"):
        norm = np.sqrt((vector * vector).sum(axis=1))
    return Embeddings(np.array(places, np.int64), vector, norm)
