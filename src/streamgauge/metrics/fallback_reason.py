"""Why the rules answered instead of the model."""

from collections.abc import Sequence

from streamgauge.metrics.base import Named
from streamgauge.metrics.column import Columns


class FallbackReasons(Named[Columns]):
    """`prediction_fallback_reason_ratio{reason=...}` of all predictions."""

    name = "prediction_fallback_reason_ratio"
    label = "reason"

    def column(self, batch: Columns) -> Sequence[str | None]:
        return batch.reason if batch.fallback.any() else ()
