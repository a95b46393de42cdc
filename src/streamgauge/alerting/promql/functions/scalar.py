"""`scalar` and `vector`: from a vector of one element to a number, and back."""

import math

from streamgauge.alerting.promql.function import Frame, of_whole
from streamgauge.alerting.promql.vector import Sample


def _scalar(_frame: Frame, samples: list[Sample]) -> float:
    return samples[0].value if len(samples) == 1 else math.nan


def _vector(frame: Frame, value: float) -> list[Sample]:
    return [Sample({}, value, frame.at)]


FUNCTIONS = (
    of_whole("scalar", _scalar, "vector", returns="scalar"),
    of_whole("vector", _vector, "scalar"),
)
