"""How long predictions wait before a model looks at them."""

from streamgauge.metrics.column import Columns, Floats, Ints
from streamgauge.metrics.distribution import Distribution
from streamgauge.metrics.histogram import LogBuckets

QUANTILES = (0.5, 0.95, 0.99)
_BUCKETS = LogBuckets(low=1e-5, high=3_600.0, growth=1.05)


class QueueTime(Distribution[Columns]):
    """`queue_time_seconds{quantile=...}` within 2.5 %, and the mean to a microsecond."""

    quantiles = QUANTILES
    scale = 1e6

    def __init__(self) -> None:
        super().__init__("queue_time_seconds", "queue", _BUCKETS.middle)

    def cell(self, values: Floats) -> Ints:
        return _BUCKETS.cell(values)
