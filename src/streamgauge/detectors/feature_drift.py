"""Whether the features of a model are still distributed as in its reference, and which are not."""

from typing import ClassVar

from streamgauge.detectors.drift import Drift


class FeatureDrift(Drift, frozen=True, tag="feature_drift"):
    """The verdict over all features; `feature_drift_score` is the largest debiased PSI."""

    kind: ClassVar[str] = "feature"
