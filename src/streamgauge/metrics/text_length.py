"""How long the texts are that people send."""

import numpy as np

from streamgauge.metrics.column import Columns, Floats, Ints
from streamgauge.metrics.distribution import Distribution
from streamgauge.metrics.histogram import LogBuckets

QUANTILES = (0.05, 0.5, 0.95)
_LIMIT = 1e6
_BUCKETS = LogBuckets(low=0.5, high=_LIMIT, growth=1.05)


class TextLength(Distribution[Columns]):
    """`text_length_characters{quantile=...}` within 2.5 %, and the mean.

    More than a million characters count as a million.
    """

    quantiles = QUANTILES
    scale = 1.0

    def __init__(self) -> None:
        super().__init__("text_length_characters", "text_length", _BUCKETS.middle)

    def bound(self, values: Floats) -> Floats:
        return np.minimum(values, _LIMIT)

    def cell(self, values: Floats) -> Ints:
        return _BUCKETS.cell(values)
