"""What the failed predictions have in common: the reasons that services give."""

from collections.abc import Mapping, Sequence

import numpy as np

from streamgauge.metrics import category
from streamgauge.metrics.base import Named
from streamgauge.metrics.column import Columns

UNKNOWN = "unknown"


class ErrorReasons(Named[Columns]):
    """`prediction_error_reason_ratio{reason=...}` of all errors; `unknown` where none is given."""

    name = "prediction_error_reason_ratio"
    label = "reason"

    def column(self, batch: Columns) -> Sequence[str | None]:
        failed = np.flatnonzero(batch.error).tolist()
        if not failed:
            return ()
        reasons: list[str | None] = [None] * len(batch)
        for place in failed:
            reasons[place] = batch.events[place].reason or UNKNOWN
        return reasons

    def values(self, counts: Mapping[str, int], total: int) -> dict[str, float]:
        return category.shares(self.name, self.label, counts, sum(counts.values()))

    def samples(self, counts: Mapping[str, int], total: int) -> dict[str, int]:
        return {self.name: sum(counts.values())}
