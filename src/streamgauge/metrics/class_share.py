"""Which classes a model predicts, and why it fell back to the rules."""

from collections.abc import Sequence

from streamgauge.metrics.base import Named
from streamgauge.metrics.column import Columns


class Classes(Named[Columns]):
    """`prediction_class_ratio{class=...}` of all predictions."""

    name = "prediction_class_ratio"
    label = "class"

    def column(self, batch: Columns) -> Sequence[str | None]:
        return batch.category


class FallbackReasons(Named[Columns]):
    """`prediction_fallback_reason_ratio{reason=...}` of all predictions."""

    name = "prediction_fallback_reason_ratio"
    label = "reason"

    def column(self, batch: Columns) -> Sequence[str | None]:
        return batch.reason
