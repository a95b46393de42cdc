"""How many predictions, and how many a second."""

from collections.abc import Iterable

import numpy as np

from streamgauge.metrics.base import Marks, Metric
from streamgauge.metrics.column import Columns, Ints


class Traffic(Metric[Columns]):
    """`prediction_count` and `prediction_rate` (1/s) of a window.

    >>> Traffic().values(np.array([30]), seconds=60.0)
    {'prediction_count': 30.0, 'prediction_rate': 0.5}
    """

    name = "traffic"
    width = 1
    brief = True

    def marks(self, batch: Columns) -> Iterable[Marks]:
        return (Marks(np.zeros(len(batch), np.int64)),)

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        total = float(cells[0])
        return {"prediction_count": total, "prediction_rate": total / seconds}

    def samples(self, cells: Ints) -> dict[str, int]:
        return {"prediction_count": int(cells[0]), "prediction_rate": int(cells[0])}
