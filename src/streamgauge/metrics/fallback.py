"""Which share of the answers came from the rules instead of the model."""

from streamgauge.metrics.base import Metric
from streamgauge.metrics.column import Columns, Ints
from streamgauge.metrics.histogram import bincount


class Fallback(Metric):
    """`prediction_fallback_ratio` over all predictions.

    >>> import numpy as np
    >>> Fallback().values(np.array([3, 1]), seconds=60.0)
    {'prediction_fallback_ratio': 0.25}
    """

    width = 2

    def count(self, batch: Columns, group: Ints, groups: int) -> Ints:
        return bincount(group, batch.fallback, groups, self.width)

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        total = int(cells.sum())
        return {"prediction_fallback_ratio": int(cells[1]) / total} if total else {}

    def samples(self, cells: Ints) -> dict[str, int]:
        return {"prediction_fallback_ratio": int(cells.sum())}
