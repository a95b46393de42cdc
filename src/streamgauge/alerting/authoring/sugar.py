"""Conditions as people say them: `p95_latency > 100ms for 5 minutes`. Pure."""

import math
import re

import msgspec

from streamgauge.alerting import duration
from streamgauge.alerting.authoring.measure_name import ALIASES, CHECKS, nearest, units

_CONDITION = re.compile(
    r"(?P<name>[a-zA-Z_]\w*)\s*(?P<matchers>\{.*\})?\s*"
    r"(?:(?P<fails>fails?)|(?P<op>==|!=|<=|>=|<|>|=|is|above|over|below|under)\s*(?P<value>\S+(?:\s+(?!for\b)\S+)?))"
    r"(?:\s+for\s+(?P<hold>.+))?",
    re.ASCII | re.DOTALL,
)
_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([%\w/]*)", re.ASCII)
_WORDS = {"=": "==", "is": "==", "above": ">", "over": ">", "below": "<", "under": "<"}
_TRUTHS = {"true": 1.0, "yes": 1.0, "false": 0.0, "no": 0.0}
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}
_BYTES = {"B": 1.0} | {
    prefix + mark + "B": base**power
    for mark, base in (("", 1e3), ("i", 1024.0))
    for power, prefix in enumerate(("kK"[mark == "i"], "M", "G", "T"), start=1)
}
_SIZES = {"s": _SECONDS, "bytes": _BYTES, "bytes/s": _BYTES}
_SHARES = {"share", "chance", "0 to 1", "0 or 1"}
_TIME = re.compile(
    r"(\d+)\s*(ms|milliseconds?|s|sec|secs|seconds?|m|min|mins|minutes?|h|hours?|d|days?|w|weeks?)\b",
    re.ASCII,
)


class SugarError(ValueError):
    """The condition cannot be read; the text says what was expected."""


class Condition(msgspec.Struct, frozen=True):
    """PromQL, and for how long it has to hold in milliseconds."""

    expr: str
    hold: int


def read(text: str) -> Condition:
    """A condition in words as PromQL; SugarError says what is wrong with it.

    >>> read("p95_latency > 100ms for 5 minutes")
    Condition(expr='prediction_latency_seconds{quantile="0.95"} > 0.1', hold=300000)
    >>> read("health_check fails for 2 minutes").expr, read("fallback_rate > 20%").expr
    ('service_up < 0.5', 'prediction_fallback_ratio > 0.2')
    """
    match = _CONDITION.fullmatch(text.strip())
    if not match:
        raise SugarError(
            f"{text!r} is no condition; expected for example 'p95_latency > 100ms for 5 minutes' or"
            " 'health_check fails for 2 minutes'"
        )
    hold = _hold(match["hold"]) if match["hold"] else 0
    name, matchers = match["name"], match["matchers"] or ""
    if match["fails"]:
        if name not in CHECKS:
            raise SugarError(f"nothing known as {name} fails; expected {nearest(name, CHECKS)}")
        measure, _, rest = CHECKS[name].partition(" ")
        return Condition(f"{measure}{matchers} {rest}", hold)
    selector = ALIASES.get(name, name)
    measure = selector.partition("{")[0]
    if measure not in units() and not measure.startswith("business_"):
        raise SugarError(f"unknown measure {name}; expected {nearest(name)}")
    number = _number(match["value"], units().get(measure, "1"), name)
    op = _WORDS.get(match["op"], match["op"])
    return Condition(f"{_joined(selector, matchers)} {op} {_shown(number)}", hold)


def _number(text: str, unit: str, name: str) -> float:
    if text.lower() in _TRUTHS:
        if unit not in ("0 or 1", "share"):
            raise SugarError(f"{name} is measured in {unit}; expected a number, not {text}")
        return _TRUTHS[text.lower()]
    match = _NUMBER.fullmatch(text)
    if not match:
        raise SugarError(f"{text!r} is no number; expected for example 0.05, 5% or 100ms")
    number, mark = float(match[1]), match[2]
    if not math.isfinite(number):
        raise SugarError(f"{text!r} is too large")
    if unit in _SIZES:
        return _sized(number, mark, unit, name)
    if mark == "%" and unit in _SHARES:
        return _plain(number / 100)
    if mark:
        raise SugarError(f"{name} is measured in {unit}; {mark!r} is no unit of it")
    if unit in _SHARES and number > 1:
        raise SugarError(f"{name} is a {unit}, so at most 1; expected {text}% or {number / 100:g}")
    return number


def _sized(number: float, mark: str, unit: str, name: str) -> float:
    sizes = _SIZES[unit]
    size = sizes.get(mark.removesuffix("/s") if unit == "bytes/s" else mark)
    if size is None and number:
        known = ", ".join(sizes)
        raise SugarError(f"{name}: {number:g}{mark}: expected one of the units {known}")
    return _plain(number * (size or 0))


def _plain(number: float) -> float:
    """What a person wrote in decimals stays so: 150ms is 0.15, not 0.15000000000000002."""
    return float(f"{number:.12g}")


def _hold(text: str) -> int:
    try:
        return duration.milliseconds(text.strip())
    except ValueError:
        pass
    total, place = 0, 0
    for match in _TIME.finditer(text):
        if text[place : match.start()].strip(" ,").removeprefix("and").strip():
            break
        letter = "ms" if match[2].startswith(("ms", "milli")) else match[2][0]
        total += duration.milliseconds(match[1] + letter)
        place = match.end()
    if not place or text[place:].strip():
        raise SugarError(f"'for {text}': expected a duration, for example 5 minutes, 90s or 1h30m")
    return total


def _joined(selector: str, matchers: str) -> str:
    inside = matchers.strip()[1:-1].strip().rstrip(",")
    if not inside:
        return selector
    name, _, own = selector.partition("{")
    return f"{name}{{{inside}{',' + own if own else '}'}"


def _shown(number: float) -> str:
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
