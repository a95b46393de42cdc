"""How many predictions were how fast, at the edges that rules and promises use."""

from streamgauge.contracts.bucket import LATENCY_EDGES
from streamgauge.metrics.bucket import Buckets


class LatencyBuckets(Buckets):
    """`prediction_latency_seconds_bucket{le=...}`, exact to the millisecond."""

    def __init__(self) -> None:
        super().__init__("prediction_latency_seconds", "latency", LATENCY_EDGES)
