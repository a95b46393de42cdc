"""How many predictions were how sure, at the edges that thresholds use."""

from streamgauge.contracts.bucket import CONFIDENCE_EDGES
from streamgauge.metrics.bucket import Buckets


class ConfidenceBuckets(Buckets):
    """`prediction_confidence_bucket{le=...}`, exactly."""

    def __init__(self) -> None:
        super().__init__("prediction_confidence", "confidence", CONFIDENCE_EDGES)
