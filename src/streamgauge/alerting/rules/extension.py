"""Reads annotations `streamgauge_*`: what rules say beyond Prometheus, where it lets them."""

import re
from collections.abc import Callable
from typing import TypeVar, get_args

from streamgauge.alerting import duration
from streamgauge.alerting.promql.expression import Expression
from streamgauge.alerting.promql.parse import parse
from streamgauge.alerting.rules.rule import RESERVED, Extension, NoData
from streamgauge.contracts.event import Labels

MIN_SAMPLES = RESERVED + "min_samples"
NO_DATA = RESERVED + "no_data"
NO_DATA_FOR = RESERVED + "no_data_for"
CLEAR = RESERVED + "clear_expr"
FLAP = RESERVED + "flap"
EVIDENCE = RESERVED + "evidence"
NAMES = (MIN_SAMPLES, NO_DATA, NO_DATA_FOR, CLEAR, FLAP, EVIDENCE)
KINDS = ("features", "segments", "samples")

# An open window starts with one event: a share of one is 0 or 1 and says nothing.
_MIN_SAMPLES_OPEN = 20
# Counts and rates are exact whatever they count: only what is observed needs observations.
_NOT_OBSERVED = ("_count", "_rate", "_rate_per_minute")
_FLAP = re.compile(r"([01]?(?:\.\d{1,6})?)/([01]?(?:\.\d{1,6})?)", re.ASCII)
_POLICIES: tuple[NoData, ...] = get_args(NoData)
T = TypeVar("T")


class ExtensionError(ValueError):
    """An extension is wrong; `annotation` is where."""

    def __init__(self, annotation: str, message: str) -> None:
        super().__init__(message)
        self.annotation = annotation


def read_extension(annotations: Labels, expression: Expression, hold: int) -> Extension:
    """The extensions of a rule; ExtensionError names the annotation and what was expected."""
    for name in annotations:
        if name.startswith(RESERVED) and name not in NAMES:
            raise ExtensionError(name, f"unknown {name}; expected one of {', '.join(NAMES)}")
    extension = Extension(
        min_samples=_read(annotations, MIN_SAMPLES, _whole_number, _usual(expression, hold)),
        no_data=_read(annotations, NO_DATA, _policy, "ok"),
        no_data_for=_read(annotations, NO_DATA_FOR, duration.milliseconds, 0),
        clear=_read(annotations, CLEAR, parse, None),
        flap=_read(annotations, FLAP, _shares, None),
        evidence=_read(annotations, EVIDENCE, _kinds, None),
    )
    if not expression.pointwise:
        for name in (MIN_SAMPLES, NO_DATA, NO_DATA_FOR):
            # What a joined expression is made of may be silent in part, and has no one count.
            if name in annotations:
                raise ExtensionError(
                    name,
                    f"{name} needs an expression of one measure; say it in the expression, for"
                    " example with absent() or with a count",
                )
    if extension.no_data == "keep" and NO_DATA_FOR in annotations:
        raise ExtensionError(NO_DATA_FOR, f"{NO_DATA_FOR} has no meaning with {NO_DATA}: keep")
    return extension


def _usual(expression: Expression, hold: int) -> int:
    if not expression.pointwise:
        return 0
    metric = expression.selectors[0].name
    observed = metric.startswith(("prediction_", "api_")) and not metric.endswith(_NOT_OBSERVED)
    if not observed:
        return 0
    return 1 if hold else _MIN_SAMPLES_OPEN


def _read(annotations: Labels, name: str, read: Callable[[str], T], usual: T) -> T:
    text = annotations.get(name)
    if text is None:
        return usual
    try:
        return read(text)
    except ValueError as error:
        raise ExtensionError(name, f"{name}: {error}") from None


def _whole_number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 15:
        raise ValueError(f"{text!r}; expected a whole number")
    return int(text)


def _policy(text: str) -> NoData:
    policy = next((known for known in _POLICIES if text == known), None)
    if policy is None:
        raise ValueError(f"{text!r}; expected {', '.join(_POLICIES)}")
    return policy


def _shares(text: str) -> tuple[float, float]:
    match = _FLAP.fullmatch(text)
    if match and match[1] and match[2]:
        low, high = float(match[1]), float(match[2])
        if low < high <= 1:
            return low, high
    raise ValueError(f"{text!r}; expected two shares of changes, low/high, for example 0.25/0.5")


def _kinds(text: str) -> frozenset[str]:
    kinds = frozenset(filter(None, (kind.strip() for kind in text.split(","))))
    if unknown := kinds.difference(KINDS):
        raise ValueError(f"{min(unknown)!r}; expected some of {','.join(KINDS)}")
    return kinds
