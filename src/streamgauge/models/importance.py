"""Which features a model leans on: by how much its error grows when one is shuffled."""

from collections.abc import Sequence

import numpy as np

from streamgauge.models.feature import Feature, Matrix
from streamgauge.models.predictor import Predictor
from streamgauge.models.target import Floats

REPEATS = 5


def rank(
    predictor: Predictor, features: Sequence[Feature], x: Matrix, y: Floats, seed: int
) -> dict[str, float]:
    """Growth of the mean absolute error in the target's unit, the largest first.

    Permutation on held-out rows: unlike a forest's own impurity figure it does not favour features
    with many values. Values around 0, also below, mean that the feature is not used.
    """
    rng = np.random.default_rng(seed)
    base = float(np.abs(predictor.predict(x)[0] - y).mean())
    growth: dict[str, float] = {}
    for place, feature in enumerate(features):
        errors = []
        for _ in range(REPEATS):
            shuffled = x.copy()
            rng.shuffle(shuffled[:, place])
            errors.append(float(np.abs(predictor.predict(shuffled)[0] - y).mean()))
        growth[feature.name] = float(np.mean(errors)) - base
    return dict(sorted(growth.items(), key=lambda item: (-item[1], item[0])))
