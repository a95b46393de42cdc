"""Whether the truths are still distributed as in the reference: what changed is the world."""

from typing import ClassVar

from streamgauge.detectors.drift import Drift


class LabelDrift(Drift, frozen=True, tag="label_drift"):
    """The verdict over `Distributions` such as `class` and `value` of the labels that came.

    Measures are `label_psi{label="class"}` and the like.
    """

    kind: ClassVar[str] = "label"
