"""Which classes a model predicts."""

from collections.abc import Sequence

from streamgauge.metrics.base import Named
from streamgauge.metrics.column import Columns


class Classes(Named[Columns]):
    """`prediction_class_ratio{class=...}` of all predictions."""

    name = "prediction_class_ratio"
    label = "class"

    def column(self, batch: Columns) -> Sequence[str | None]:
        return batch.category if batch.classed else ()
