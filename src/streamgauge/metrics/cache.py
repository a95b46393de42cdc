"""Which share of the predictions came out of the cache."""

from streamgauge.metrics.base import Metric
from streamgauge.metrics.column import Columns, Ints
from streamgauge.metrics.histogram import bincount


class Cache(Metric):
    """`prediction_cache_hit_ratio` over the predictions that say whether they hit.

    >>> import numpy as np
    >>> Cache().values(np.array([1, 4]), seconds=60.0)
    {'prediction_cache_hit_ratio': 0.8}
    """

    width = 2

    def count(self, batch: Columns, group: Ints, groups: int) -> Ints:
        known = batch.cache >= 0
        return bincount(group[known], batch.cache[known], groups, self.width)

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        total = int(cells.sum())
        return {"prediction_cache_hit_ratio": int(cells[1]) / total} if total else {}

    def samples(self, cells: Ints) -> dict[str, int]:
        total = int(cells.sum())
        return {"prediction_cache_hit_ratio": total} if total else {}
