"""How many predictions are made at once, and how many such batches a second."""

from collections.abc import Iterable

import numpy as np

from streamgauge.metrics.base import Marks, Metric
from streamgauge.metrics.column import Columns, Floats, Ints
from streamgauge.metrics.distribution import Distribution
from streamgauge.metrics.histogram import LogBuckets

QUANTILES = (0.5, 0.95)
_LIMIT = 1e6
_BUCKETS = LogBuckets(low=0.5, high=_LIMIT, growth=1.05)
# Parts of a batch are counted in millionths.
_SCALE = 1e6


class BatchSize(Distribution[Columns]):
    """`prediction_batch_size{quantile=...}` within 2.5 %, as predictions see it, and the mean.

    A batch of n counts n times, once for each prediction in it; more than a million count as one.
    """

    quantiles = QUANTILES
    scale = 1.0

    def __init__(self) -> None:
        super().__init__("prediction_batch_size", "batch_size", _BUCKETS.middle)

    def bound(self, values: Floats) -> Floats:
        return np.minimum(values, _LIMIT)

    def cell(self, values: Floats) -> Ints:
        return _BUCKETS.cell(values)


class BatchRate(Metric[Columns]):
    """`prediction_batch_rate`: batches a second, where each prediction is its share of a batch.

    >>> import numpy as np
    >>> BatchRate().values(np.array([8, 2_000_000]), seconds=4.0)
    {'prediction_batch_rate': 0.5}
    """

    name = "prediction_batch_rate"
    width = 2

    def marks(self, batch: Columns) -> Iterable[Marks]:
        if batch.batch_size is None:
            return ()
        place = np.flatnonzero(np.isfinite(batch.batch_size) & (batch.batch_size > 0))
        part = np.rint(_SCALE / batch.batch_size[place]).astype(np.int64)
        cell = np.zeros(len(place), np.int64)
        return (Marks(cell, place), Marks(cell + 1, place, part))

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        return {self.name: int(cells[1]) / _SCALE / seconds} if cells[0] else {}

    def samples(self, cells: Ints) -> dict[str, int]:
        return {self.name: int(cells[0])} if cells[0] else {}
