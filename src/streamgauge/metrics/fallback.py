"""Which share of the answers came from the rules instead of the model."""

from collections.abc import Iterable

from streamgauge.metrics.base import Marks, Metric
from streamgauge.metrics.column import Columns, Ints


class Fallback(Metric[Columns]):
    """`prediction_fallback_ratio` over all predictions.

    >>> import numpy as np
    >>> Fallback().values(np.array([3, 1]), seconds=60.0)
    {'prediction_fallback_ratio': 0.25}
    """

    name = "fallback"
    width = 2

    def marks(self, batch: Columns) -> Iterable[Marks]:
        return (Marks(batch.fallback),)

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        total = int(cells.sum())
        return {"prediction_fallback_ratio": int(cells[1]) / total} if total else {}

    def samples(self, cells: Ints) -> dict[str, int]:
        return {"prediction_fallback_ratio": int(cells.sum())}
