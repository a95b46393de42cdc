"""The texts of rules: `{{ $labels.model }}`, `{{ $value }}` and four formats of the value."""

import math
import re
from collections.abc import Callable, Mapping

from streamgauge.alerting import duration

_PLACE = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_LABEL = re.compile(r"\$labels\.([a-zA-Z_]\w*)", re.ASCII)
_VALUE = re.compile(r"\$value(?:\s*\|\s*(\w+))?", re.ASCII)
_PRINTF = re.compile(r'printf\s+"([^"%]*)%(\.\d)?([fge])((?:[^"%]|%%)*)"\s+\$value', re.ASCII)
_LARGE = ("", "k", "M", "G", "T", "P", "E")
_SMALL = ("", "m", "u", "n", "p")


def number(value: float) -> str:
    """Write a value as Go prints it: no `.0` behind a whole number.

    >>> number(3.0), number(0.25), number(float("inf"))
    ('3', '0.25', '+Inf')
    """
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else f"{'+' if value > 0 else '-'}Inf"
    return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)


def humanize(value: float) -> str:
    """Four digits and a metric prefix.

    >>> humanize(12_345), humanize(0.0021)
    ('12.35k', '2.1m')
    """
    if value == 0 or not math.isfinite(value):
        return number(value)
    place = 0
    while abs(value) >= 1000 and place < len(_LARGE) - 1:
        value, place = value / 1000, place + 1
    while abs(value) < 1 and -place < len(_SMALL) - 1:
        value, place = value * 1000, place - 1
    return f"{value:.4g}{_LARGE[place] if place >= 0 else _SMALL[-place]}"


def humanize_duration(value: float) -> str:
    """Seconds as a duration.

    >>> humanize_duration(0.12), humanize_duration(90)
    ('120ms', '1m30s')
    """
    if abs(value) < 1:
        return f"{humanize(value)}s"
    if not math.isfinite(value):
        return number(value)
    if abs(value) < 60:
        return f"{value:.4g}s"
    return ("-" if value < 0 else "") + duration.show(round(abs(value)) * 1000)


_FORMATS: dict[str, Callable[[float], str]] = {
    "humanize": humanize,
    "humanizeDuration": humanize_duration,
    "humanizePercentage": lambda value: f"{value * 100:.4g}%",
}


def check(text: str) -> None:
    """ValueError names the first action that is not supported."""
    render(text, {}, 0.0)


def render(text: str, labels: Mapping[str, str], value: float) -> str:
    """Fill the places of a text; an absent label is empty, as in Prometheus.

    >>> render("{{ $labels.model }}: {{ $value | humanizePercentage }}", {"model": "m"}, 0.081)
    'm: 8.1%'
    """

    def fill(place: re.Match[str]) -> str:
        action = place[1]
        if label := _LABEL.fullmatch(action):
            return labels.get(label[1], "")
        if plain := _VALUE.fullmatch(action):
            if not plain[1]:
                return number(value)
            if plain[1] in _FORMATS:
                return _FORMATS[plain[1]](value)
        if shape := _PRINTF.fullmatch(action):
            before, digits, kind, after = shape.groups()
            return f"{before}{value:{digits or '.6'}{kind}}{after.replace('%%', '%')}"
        raise ValueError(
            f"{place[0]} is not supported; expected $labels.NAME, $value, $value with one of"
            f' {", ".join(_FORMATS)}, or printf "%.2f" $value'
        )

    return _PLACE.sub(fill, text)
