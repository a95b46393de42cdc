"""How far the model and the rules are from each other."""

from collections.abc import Iterable

import numpy as np

from streamgauge.metrics.base import Marks, Metric
from streamgauge.metrics.column import Columns, Ints

# From here on they say different things.
LIMIT = 0.2
_SCALE = 1e6


class ConfidenceGap(Metric[Columns]):
    """`prediction_confidence_gap_mean` is ML less rule; `_disagreement_ratio` is a gap over 0.2.

    Over the predictions that carry both parts.

    >>> import numpy as np
    >>> values = ConfidenceGap().values(np.array([4, 1, 800_000]), seconds=60.0)
    >>> values["prediction_confidence_gap_mean"], values["prediction_disagreement_ratio"]
    (0.2, 0.25)
    """

    name = "prediction_confidence_gap"
    width = 3

    def marks(self, batch: Columns) -> Iterable[Marks]:
        if batch.confidence_ml is None or batch.confidence_rule is None:
            return ()
        model, rules = batch.confidence_ml, batch.confidence_rule
        place = np.flatnonzero(np.isfinite(model) & np.isfinite(rules))
        # Whole millionths: .7 less .5 is not more than .2.
        whole = np.rint((model[place] - rules[place]) * _SCALE).astype(np.int64)
        apart = place[np.abs(whole) > LIMIT * _SCALE]
        return (
            Marks(np.zeros(len(place), np.int64), place),
            Marks(np.ones(len(apart), np.int64), apart),
            Marks(np.full(len(place), 2), place, whole),
        )

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        total, apart, gap = cells.tolist()
        if not total:
            return {}
        return {
            "prediction_confidence_gap_mean": gap / (_SCALE * total),
            "prediction_disagreement_ratio": apart / total,
        }

    def samples(self, cells: Ints) -> dict[str, int]:
        total = int(cells[0])
        names = ("prediction_confidence_gap_mean", "prediction_disagreement_ratio")
        return dict.fromkeys(names, total) if total else {}
