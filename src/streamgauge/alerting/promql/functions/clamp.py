"""`clamp`, `clamp_min` and `clamp_max`: values kept between bounds."""

import math

from streamgauge.alerting.promql.function import of_value


def _at_least(value: float, low: float) -> float:
    return math.nan if math.isnan(value) or math.isnan(low) else max(value, low)


def _at_most(value: float, high: float) -> float:
    return math.nan if math.isnan(value) or math.isnan(high) else min(value, high)


def _clamp(value: float, low: float, high: float) -> float | None:
    # No value is between bounds that are the wrong way round: the element vanishes.
    return None if high < low else _at_least(_at_most(value, high), low)


FUNCTIONS = (
    of_value("clamp", _clamp, "scalar", "scalar"),
    of_value("clamp_min", _at_least, "scalar"),
    of_value("clamp_max", _at_most, "scalar"),
)
