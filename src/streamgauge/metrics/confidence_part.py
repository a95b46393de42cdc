"""How sure the model and the rules are, each for itself, before their answers are blended."""

import numpy as np

from streamgauge.metrics.column import Columns, Floats, Ints
from streamgauge.metrics.distribution import Distribution

QUANTILES = (0.05, 0.5, 0.95)
_CELLS = 100


class ConfidencePart(Distribution[Columns]):
    """`prediction_<column>{quantile=...}` to two places, and its mean to six."""

    quantiles = QUANTILES
    scale = 1e6

    def __init__(self, column: str) -> None:
        super().__init__(f"prediction_{column}", column, np.arange(_CELLS + 1) / _CELLS)

    def cell(self, values: Floats) -> Ints:
        return np.rint(values * _CELLS).astype(np.int64)
