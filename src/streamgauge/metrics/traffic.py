"""How many predictions, and how many a second and a minute."""

from collections.abc import Iterable

import numpy as np

from streamgauge.metrics.base import Marks, Metric
from streamgauge.metrics.column import Columns, Ints


class Traffic(Metric[Columns]):
    """`prediction_count`, `prediction_rate` (1/s) and `prediction_rate_per_minute` of a window.

    >>> values = Traffic().values(np.array([30]), seconds=60.0)
    >>> values["prediction_rate"], values["prediction_rate_per_minute"]
    (0.5, 30.0)
    """

    name = "traffic"
    width = 1
    brief = True

    def marks(self, batch: Columns) -> Iterable[Marks]:
        return (Marks(np.zeros(len(batch), np.int64)),)

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        total = float(cells[0])
        return {
            "prediction_count": total,
            "prediction_rate": total / seconds,
            "prediction_rate_per_minute": 60.0 * total / seconds,
        }

    def samples(self, cells: Ints) -> dict[str, int]:
        names = ("prediction_count", "prediction_rate", "prediction_rate_per_minute")
        return dict.fromkeys(names, int(cells[0]))
