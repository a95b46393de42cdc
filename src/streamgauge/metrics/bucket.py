"""Counts of values up to each of a few edges, as Prometheus' histograms print them."""

from collections.abc import Iterable, Sequence

import numpy as np

from streamgauge.metrics.base import Marks, Metric
from streamgauge.metrics.column import Columns, Floats, Ints


class Buckets(Metric[Columns]):
    """`<name>_bucket{le=...}`: how many values of a column are at most `le`, exactly.

    Each bucket holds those before it, and `le="+Inf"` all of them.
    """

    def __init__(self, name: str, column: str, edges: Sequence[float]) -> None:
        self.name = f"{name}_bucket"
        self.width = len(edges) + 1
        self._column = column
        self._edges = np.array(edges)
        self._labels = [*(f"{edge:g}" for edge in edges), "+Inf"]

    def marks(self, batch: Columns) -> Iterable[Marks]:
        values: Floats = getattr(batch, self._column)
        known = np.isfinite(values)
        if known.all():
            return (Marks(np.searchsorted(self._edges, values)),)
        place = np.flatnonzero(known)
        return (Marks(np.searchsorted(self._edges, values[place]), place),)

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        if not cells.any():
            return {}
        reached = np.cumsum(cells).tolist()
        return {
            f'{self.name}{{le="{label}"}}': float(count)
            for label, count in zip(self._labels, reached, strict=True)
        }

    def samples(self, cells: Ints) -> dict[str, int]:
        total = int(cells.sum())
        return {self.name: total} if total else {}
