"""What a segment is like when nothing has moved: its own first windows.

Segments differ from their model version as a whole, and that is no drift. The reference of the
version has no counts of segments, so each is held against itself.
"""

from typing import Self

import msgspec
import numpy as np

from streamgauge.detectors.yardstick import Ints, Window, Yardstick


class SegmentBaseline(msgspec.Struct, frozen=True, array_like=True):
    """The sum of the windows of a segment until there are enough values: one that can be kept.

    It belongs to one reference; with another one begin anew.
    """

    cells: list[list[int]] = []
    names: list[list[int]] = []

    def add(self, window: Window) -> Self:
        """With one more window; of one on another grid, that alone.

        >>> one = Window(np.array([[3, 4]]), np.zeros((0, 2), np.int64))
        >>> SegmentBaseline().add(one).add(one).cells
        [[6, 8]]
        """
        return type(self)(_sum(self.cells, window.cells), _sum(self.names, window.names))

    def yardstick(self, whole: Yardstick, *, rows: int = 5_000) -> Yardstick | None:
        """The yardstick of the segment, on the bins of the whole; None before `rows` values.

        Features that have fewer values are not judged, as `Drift.rows` says.
        """
        like = whole.window({}, {})
        cells, names = _read(self.cells, like.cells), _read(self.names, like.names)
        if cells is None or names is None:
            return None
        most = max(int(counts.sum(axis=1).max(initial=0)) for counts in (cells, names))
        return whole.rebased(Window(cells, names)) if most >= rows else None


def _sum(held: list[list[int]], more: Ints) -> list[list[int]]:
    before = _read(held, more)
    told: list[list[int]] = (more if before is None else before + more).tolist()
    return told


def _read(held: list[list[int]], like: Ints) -> Ints | None:
    """Counts as an array of the same shape as others, if they have it."""
    if len(held) != len(like) or any(len(row) != like.shape[1] for row in held):
        return None
    return np.array(held, np.int64).reshape(like.shape)
