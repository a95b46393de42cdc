"""Whether people still write as they did for the reference: how long, and in which languages."""

from typing import ClassVar

from streamgauge.detectors.drift import Drift


class TextDrift(Drift, frozen=True, tag="text_drift"):
    """The verdict over `Distributions` such as `length` and `language`.

    Measures are `text_psi{text="length"}` and the like.
    """

    kind: ClassVar[str] = "text"
