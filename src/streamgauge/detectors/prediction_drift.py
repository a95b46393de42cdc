"""Whether a model still predicts what it did on its reference: values, classes, confidence."""

from typing import ClassVar

from streamgauge.detectors.drift import Drift


class PredictionDrift(Drift, frozen=True, tag="prediction_drift"):
    """The verdict over `Distributions` such as `value`, `class` and `confidence`.

    Needs no label. Measures are `prediction_psi{prediction="value"}` and the like.
    """

    kind: ClassVar[str] = "prediction"
