"""`deriv` and `predict_linear`: the straight line through a range, by least squares."""

import math

from streamgauge.alerting.promql.arithmetic import divide
from streamgauge.alerting.promql.function import of_range
from streamgauge.alerting.promql.statistic import total
from streamgauge.alerting.promql.vector import Window


def _deriv(window: Window) -> float | None:
    return None if len(window.values) < 2 else _line(window, window.times[0])[0]


def _predict_linear(window: Window, seconds: float) -> float | None:
    if len(window.values) < 2:
        return None
    slope, intercept = _line(window, window.at)
    return slope * seconds + intercept


def _line(window: Window, origin: int) -> tuple[float, float]:
    """Slope per second, and the value at the origin."""
    ys = window.values
    if all(y == ys[0] for y in ys):
        return (math.nan, math.nan) if math.isinf(ys[0]) else (0.0, ys[0])
    xs = [(at - origin) / 1000 for at in window.times]
    count = len(xs)
    sum_x, sum_y = total(xs), total(ys)
    covariance = total([x * y for x, y in zip(xs, ys, strict=True)]) - sum_x * sum_y / count
    slope = divide(covariance, total([x * x for x in xs]) - sum_x * sum_x / count)
    return slope, sum_y / count - slope * sum_x / count


FUNCTIONS = (
    of_range("deriv", _deriv),
    of_range("predict_linear", _predict_linear, "scalar"),
)
