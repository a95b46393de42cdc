"""Which share of the predictions came out of the cache."""

from collections.abc import Iterable

import numpy as np

from streamgauge.metrics.base import Marks, Metric
from streamgauge.metrics.column import Columns, Ints


class Cache(Metric[Columns]):
    """`prediction_cache_hit_ratio` over the predictions that say whether they hit.

    >>> import numpy as np
    >>> Cache().values(np.array([1, 4]), seconds=60.0)
    {'prediction_cache_hit_ratio': 0.8}
    """

    name = "cache"
    width = 2

    def marks(self, batch: Columns) -> Iterable[Marks]:
        known = np.flatnonzero(batch.cache >= 0)
        return (Marks(batch.cache[known], known),)

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        total = int(cells.sum())
        return {"prediction_cache_hit_ratio": int(cells[1]) / total} if total else {}

    def samples(self, cells: Ints) -> dict[str, int]:
        total = int(cells.sum())
        return {"prediction_cache_hit_ratio": total} if total else {}
