"""Sample names as Prometheus prints them: `prediction_latency_seconds{quantile="0.95"}`."""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

_SAMPLE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})?", re.ASCII | re.DOTALL)
_LABEL = re.compile(r'\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)', re.ASCII | re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@lru_cache(maxsize=65_536)
def parse(key: str) -> tuple[str, Mapping[str, str]]:
    """Split a sample's name from its labels; a key that is no sample is a name as it stands.

    >>> name, labels = parse('prediction_latency_seconds{quantile="0.95"}')
    >>> name, dict(labels)
    ('prediction_latency_seconds', {'quantile': '0.95'})
    """
    match = _SAMPLE.fullmatch(key)
    if not match:
        return key, MappingProxyType({})
    name, inside = match.groups()
    labels: dict[str, str] = {}
    place = 0
    while inside and place < len(inside):
        label = _LABEL.match(inside, place)
        if not label:
            return key, MappingProxyType({})
        labels[label[1]] = _ESCAPED.sub(_unescape, label[2])
        place = label.end()
    return name, MappingProxyType(labels)


def _unescape(match: re.Match[str]) -> str:
    return "\n" if match[1] == "n" else match[1]
