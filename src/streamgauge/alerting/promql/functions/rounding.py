"""`abs`, `ceil`, `floor`, `round` and `sgn`."""

import math

from streamgauge.alerting.promql.arithmetic import divide
from streamgauge.alerting.promql.function import of_value


def _ceil(value: float) -> float:
    return math.copysign(math.ceil(value), value) if math.isfinite(value) else value


def _floor(value: float) -> float:
    return math.copysign(math.floor(value), value) if math.isfinite(value) else value


def _round(value: float, nearest: float = 1.0) -> float:
    # Ties go up; by the inverse, as Prometheus does, so that steps such as 0.1 come out exactly.
    inverse = divide(1.0, nearest)
    return divide(_floor(value * inverse + 0.5), inverse)


def _sgn(value: float) -> float:
    return math.copysign(1.0, value) if value < 0 or value > 0 else value


FUNCTIONS = (
    of_value("abs", abs),
    of_value("ceil", _ceil),
    of_value("floor", _floor),
    of_value("round", _round, "scalar"),
    of_value("sgn", _sgn),
)
