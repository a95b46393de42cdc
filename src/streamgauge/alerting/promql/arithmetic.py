"""Operators on two numbers, as IEEE 754 and Prometheus have them: nothing raises."""

import math
import operator
from collections.abc import Callable

Operation = Callable[[float, float], float]


def divide(left: float, right: float) -> float:
    """The quotient; division by zero gives an infinity or NaN.

    >>> divide(1.0, -0.0), divide(0.0, 0.0)
    (-inf, nan)
    """
    if right:
        return left / right
    if math.isnan(left) or left == 0:
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def remainder(left: float, right: float) -> float:
    """The remainder, with the sign of the dividend.

    >>> remainder(-7.0, 3.0), remainder(1.0, 0.0)
    (-1.0, nan)
    """
    try:
        return math.fmod(left, right)
    except ValueError:
        return math.nan


def power(left: float, right: float) -> float:
    """The power; NaN where it is not real.

    >>> power(2.0, 0.5), power(-8.0, 0.5), power(-10.0, 309.0)
    (1.4142135623730951, nan, -inf)
    """
    try:
        return math.pow(left, right)
    except OverflowError:
        return -math.inf if left < 0 and right % 2 == 1 else math.inf
    except ValueError:
        if left:
            return math.nan
        return math.copysign(math.inf, left) if right % 2 == 1 else math.inf


ARITHMETIC: dict[str, Operation] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": divide,
    "%": remainder,
    "^": power,
    "atan2": math.atan2,
}
COMPARISON: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
SETS = frozenset(("and", "or", "unless"))
FLIPPED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
