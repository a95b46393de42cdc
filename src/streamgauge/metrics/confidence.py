"""How sure the model says it is."""

import numpy as np

from streamgauge.metrics.column import Columns, Floats, Ints
from streamgauge.metrics.distribution import Distribution

QUANTILES = (0.05, 0.5, 0.95)
_CELLS = 1_000


class Confidence(Distribution[Columns]):
    """`prediction_confidence{quantile=...}` to three places, and its mean."""

    quantiles = QUANTILES
    scale = 1e6

    def __init__(self) -> None:
        # Cell i holds confidences around i / 1000, so that 0, .55 and 1 are exact.
        super().__init__("prediction_confidence", "confidence", np.arange(_CELLS + 1) / _CELLS)

    def cell(self, values: Floats) -> Ints:
        return np.rint(values * _CELLS).astype(np.int64)
