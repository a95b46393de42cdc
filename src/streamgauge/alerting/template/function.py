"""The functions that texts of rules may call: Prometheus' pure ones, with Go's meaning.

Names, arguments and results are those of text/template and of Prometheus' template functions.
"""

import operator
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from streamgauge.alerting.template.number_text import (
    go_number,
    humanize,
    humanize_1024,
    humanize_duration,
    humanize_percentage,
    humanize_timestamp,
)

Value = str | float | bool | Mapping[str, str]

_VERB = re.compile(r"%([-+ 0]*)(\d{0,3})(?:\.(\d{1,3}))?(.)", re.DOTALL)
_GROUP = re.compile(r"\$(?:\$|(\w+)|\{(\w+)\})")
_PADDING_LIMIT = 200


def shown(value: Value) -> str:
    """A value as an action prints it.

    >>> shown(1e6), shown(True), shown({"b": "2", "a": "1"})
    ('1e+06', 'true', 'map[a:1 b:2]')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return go_number(value)
    return f"map[{' '.join(f'{name}:{value[name]}' for name in sorted(value))}]"


def holds(value: Value) -> bool:
    """Whether `if` takes its first branch: nothing that is empty or zero."""
    return bool(value)


def _number(value: Value) -> float:
    if isinstance(value, float | int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        return float(value)
    raise ValueError(f"{shown(value)} is no number")


def _text(value: Value) -> str:
    if isinstance(value, str):
        return value
    raise ValueError(f"{shown(value)} is no text")


def _of_number(function: Callable[[float], str]) -> Callable[..., Value]:
    return lambda value: function(_number(value))


def _of_text(function: Callable[[str], str]) -> Callable[..., Value]:
    return lambda value: function(_text(value))


def _compared(ordered: Callable[[Any, Any], bool]) -> Callable[..., Value]:
    def compare(left: Value, right: Value) -> Value:
        if isinstance(left, str) != isinstance(right, str):
            raise ValueError(f"{shown(left)} and {shown(right)} cannot be compared")
        return ordered(left, right)

    return compare


def _equal(first: Value, *others: Value) -> Value:
    if not others:
        raise ValueError("eq needs two values")
    return any(_compared(operator.eq)(first, other) for other in others)


def _and(*values: Value) -> Value:
    return next((value for value in values if not holds(value)), values[-1])


def _or(*values: Value) -> Value:
    return next((value for value in values if holds(value)), values[-1])


def _printf(form: Value, *values: Value) -> Value:
    left = list(values)

    def fill(verb: re.Match[str]) -> str:
        flags, width, digits, kind = verb.groups()
        if kind == "%":
            return "%"
        if not left:
            raise ValueError(f"printf: no value for {verb[0]}")
        if int(width or 0) > _PADDING_LIMIT or int(digits or 0) > _PADDING_LIMIT:
            raise ValueError(f"printf: {verb[0]} is too wide")
        return _padded(_formatted(kind, flags, digits, left.pop(0)), flags, int(width or 0))

    text = _VERB.sub(fill, _text(form))
    if left:
        raise ValueError(f"printf: {len(left)} more values than places in {_text(form)!r}")
    return text


def _formatted(kind: str, flags: str, digits: str | None, value: Value) -> str:
    plus = "+" if "+" in flags else " " if " " in flags else ""
    if kind == "v" or (kind == "s" and isinstance(value, str)):
        text = shown(value)
        return text if digits is None else text[: int(digits)]
    if kind == "q" and isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    if kind == "t" and isinstance(value, bool):
        return shown(value)
    whole = isinstance(value, int) and not isinstance(value, bool)
    if kind == "d" and whole:
        return f"{value:{plus}d}"
    if kind in "fgeFGE" and isinstance(value, float):
        if kind == "g" and digits is None:
            sign = plus if value >= 0 else ""
            return sign + go_number(value)
        return f"{value:{plus}.{digits or '6'}{kind}}"
    raise ValueError(f"printf: %{kind} cannot show {shown(value)}")


def _padded(text: str, flags: str, width: int) -> str:
    if "-" in flags:
        return text.ljust(width)
    return text.zfill(width) if "0" in flags else text.rjust(width)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.ASCII)
    except re.error as error:
        raise ValueError(f"{pattern!r}: {error}") from None


def _replace_all(pattern: Value, replacement: Value, text: Value) -> Value:
    found, new = _compiled(_text(pattern)), _text(replacement)

    def fill(match: re.Match[str]) -> str:
        def group(name: re.Match[str]) -> str:
            which = name[1] or name[2]
            if which is None:
                return "$"
            try:
                return match[int(which) if which.isdecimal() else which] or ""
            except IndexError:
                return ""

        return _GROUP.sub(group, new)

    return found.sub(fill, _text(text))


def _title(text: str) -> str:
    return re.sub(r"(?<![\w'])\w", lambda match: match[0].upper(), text)


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "humanize": _of_number(humanize),
    "humanize1024": _of_number(humanize_1024),
    "humanizeDuration": _of_number(humanize_duration),
    "humanizePercentage": _of_number(humanize_percentage),
    "humanizeTimestamp": _of_number(humanize_timestamp),
    "toUpper": _of_text(str.upper),
    "toLower": _of_text(str.lower),
    "title": _of_text(_title),
    "reReplaceAll": _replace_all,
    "printf": _printf,
    "eq": _equal,
    "ne": _compared(operator.ne),
    "lt": _compared(operator.lt),
    "le": _compared(operator.le),
    "gt": _compared(operator.gt),
    "ge": _compared(operator.ge),
    "and": _and,
    "or": _or,
    "not": lambda value: not holds(value),
}
# How many arguments each takes: at least, at most.
ARITY: dict[str, tuple[int, int]] = dict.fromkeys(FUNCTIONS, (1, 1)) | {
    "reReplaceAll": (3, 3),
    "printf": (1, 20),
    "eq": (2, 20),
    **dict.fromkeys(("ne", "lt", "le", "gt", "ge"), (2, 2)),
    **dict.fromkeys(("and", "or"), (1, 20)),
}
