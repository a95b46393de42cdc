"""`exp`, `ln`, `log2`, `log10` and `sqrt`: infinite or NaN where mathematics has no value."""

import math
from collections.abc import Callable

from streamgauge.alerting.promql.function import Function, of_value


def _exp(value: float) -> float:
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


def _sqrt(value: float) -> float:
    return math.nan if value < 0 else math.sqrt(value)


def _logarithm(name: str, log: Callable[[float], float]) -> Function:
    def of(value: float) -> float:
        if value > 0:
            return log(value)
        return -math.inf if value == 0 else math.nan

    return of_value(name, of)


FUNCTIONS = (
    of_value("exp", _exp),
    _logarithm("ln", math.log),
    _logarithm("log2", math.log2),
    _logarithm("log10", math.log10),
    of_value("sqrt", _sqrt),
)
