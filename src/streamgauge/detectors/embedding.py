"""Whether embeddings still point where they did: a cloud that moves moves its shadows.

The shadows are the counts along 32 fixed random directions (`embedding_projection`), in cells that
each hold a sixteenth of the standard normal distribution. They are of the same vectors, so their
tests depend on each other in ways that counts do not tell.
"""

from typing import NamedTuple

import msgspec
import numpy as np
from scipy import special

from streamgauge.contracts.measure import Part, Picture
from streamgauge.detectors import psi
from streamgauge.detectors.chi_square import ChiSquare
from streamgauge.detectors.window_test import Counts, Floats, Side, Sides

CELLS = 16
_CHI_SQUARE = ChiSquare()
# Below this a p-value is as good as zero, and its tangent would be infinite.
_LEAST = 1e-300


class Shift(NamedTuple):
    """How embeddings have moved; NaN where there is too little to tell.

    `psi` is the mean debiased PSI of the directions, `p` the chance of what they show together,
    `size` how many embeddings the window has. `distance` is how far apart the means of the
    embeddings are, where each is of length one. `part` draws the direction that moved most.
    """

    active: bool
    psi: float
    p: float
    distance: float
    size: int
    part: Part | None = None

    @property
    def text(self) -> str:
        """In words."""
        return f"embeddings moved: their mean by {self.distance:.3f} of their length"


class EmbeddingDrift(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="embedding_drift"
):
    """Parameters: when there is enough to judge, and what counts as a move.

    With fewer than `rows` embeddings in the reference or `least` in the window nothing is said. Of
    windows that have not moved a share of at most `q` raises an alarm, and no more than
    `per_million` embeddings allow. `floor` is the least mean PSI that matters.
    """

    rows: int = 1_000
    least: int = 250
    q: float = 0.001
    per_million: float = 0.5
    floor: float = 0.005

    def judge(self, reference: Counts, current: Counts) -> Shift:
        """Hold counts of shape (directions, cells), or flat, against those of a reference.

        >>> cells = np.full((32, 16), 100)
        >>> EmbeddingDrift().judge(cells, cells).active
        False
        """
        sides = Sides(_side(reference), _side(current))
        rows, size = (int(min(side.total.tolist(), default=0)) for side in sides.pair)
        if rows < self.rows or size < self.least:
            return Shift(active=False, psi=np.nan, p=np.nan, distance=np.nan, size=size)
        far = psi.index(sides) - psi.bias(sides)
        p, mean = combine(_CHI_SQUARE.measure(sides).p), float(far.mean())
        q = min(self.q, self.per_million * size / 1e6)
        active = p <= q and mean >= self.floor
        part = _part(sides, int(np.argmax(far)), float(far.max())) if active else None
        return Shift(active, mean, p, mean_distance(sides), size, part)


def combine(p: Floats) -> float:
    """One p-value of many that depend on each other: the Cauchy combination test.

    Liu, Xie: "Cauchy Combination Test", JASA 2020. Its tail is right under any dependence, the
    more so the smaller p is.

    >>> combine(np.full(32, 0.01)) == combine(np.array([0.01]))
    True
    """
    known = np.clip(p[~np.isnan(p)], _LEAST, 1 - 1e-15)
    if not len(known):
        return np.nan
    # 1 / (pi p) is the tangent where p is too small to take it from one half.
    small = known < 1e-15
    tangent = np.where(
        small, 1 / (np.pi * known), np.tan((0.5 - np.where(small, 0.5, known)) * np.pi)
    )
    mean = float(tangent.mean())
    return float(1 / (np.pi * mean)) if mean > 1e15 else 0.5 - float(np.arctan(mean)) / np.pi


def middles() -> Floats:
    """The mean of a standard normal value in each cell, (cells,)."""
    edges = special.ndtri(np.arange(CELLS + 1) / CELLS)
    density = np.exp(-(edges**2) / 2) / np.sqrt(2 * np.pi)
    return np.asarray((density[:-1] - density[1:]) * CELLS)


def mean_distance(sides: Sides) -> float:
    """How far apart the mean embeddings are, without what sampling alone adds.

    The square of a vector is the mean of the squares of its shadows (Johnson, Lindenstrauss).
    """
    values = middles()
    theirs, mine = (side.share @ values for side in sides.pair)
    spread = np.maximum(sides.reference.share @ values**2 - theirs**2, 0.0)
    return float(np.sqrt(max(float(((mine - theirs) ** 2 - spread * sides.noise).mean()), 0.0)))


def _part(sides: Sides, row: int, far: float) -> Part:
    # The outermost cells have no end; nearly nothing lies beyond three deviations.
    edges = np.clip(special.ndtri(np.arange(CELLS + 1) / CELLS), -3.0, 3.0).round(4).tolist()
    before, after = (
        Picture(shares=side.share[row].round(4).tolist(), edges=edges) for side in sides.pair
    )
    text = f"of the random directions number {row} moved most"
    name = f"direction {row}"
    return Part(
        name=name, share=1.0, score=far, kind="embedding", text=text, before=before, after=after
    )


def _side(counts: Counts) -> Side:
    return Side(np.asarray(counts, np.float64).reshape(-1, CELLS))
