"""Which share of the answers came from the rules instead of the model."""

from collections.abc import Iterable

from streamgauge.metrics.base import Marks, Metric
from streamgauge.metrics.column import Columns, Ints


class Fallback(Metric[Columns]):
    """`prediction_fallback_ratio` over all predictions; `prediction_ml_ratio` is the rest.

    >>> import numpy as np
    >>> Fallback().values(np.array([3, 1]), seconds=60.0)
    {'prediction_fallback_ratio': 0.25, 'prediction_ml_ratio': 0.75}
    """

    name = "fallback"
    width = 2

    def marks(self, batch: Columns) -> Iterable[Marks]:
        return (Marks(batch.fallback),)

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        model, rules = cells.tolist()
        total = model + rules
        if not total:
            return {}
        return {"prediction_fallback_ratio": rules / total, "prediction_ml_ratio": model / total}

    def samples(self, cells: Ints) -> dict[str, int]:
        names = ("prediction_fallback_ratio", "prediction_ml_ratio")
        return dict.fromkeys(names, int(cells.sum()))
