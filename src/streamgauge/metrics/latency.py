"""How long predictions take: mean, P50, P95 and P99, within 1 % of the true value."""

from streamgauge.metrics.column import Columns, Floats, Ints
from streamgauge.metrics.distribution import Distribution
from streamgauge.metrics.histogram import LogBuckets

QUANTILES = (0.5, 0.95, 0.99)
# From a microsecond to the hour that contracts.prediction allows.
BUCKETS = LogBuckets(low=1e-6, high=3_600.0, growth=1.02)


class Latency(Distribution[Columns]):
    """`<name>{quantile=...}` and `<name>_mean` in seconds, of one latency column."""

    brief = True
    quantiles = QUANTILES
    scale = 1e6

    def __init__(self, name: str, column: str) -> None:
        super().__init__(name, column, BUCKETS.middle)

    def cell(self, values: Floats) -> Ints:
        return BUCKETS.cell(values)
