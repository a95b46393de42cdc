"""`label_replace`: a label made of parts of another one."""

import re
from collections.abc import Sequence
from functools import lru_cache

from streamgauge.alerting.matcher import pattern
from streamgauge.alerting.promql.function import STRINGS, Frame, check_label, of_whole
from streamgauge.alerting.promql.vector import Sample

# `$$`, `${name}` or `$name`, as Go expands them.
_PART = re.compile(r"\$(?:(\$)|\{(\w+)\}|(\w+))", re.ASCII)


def _label_replace(frame: Frame, samples: list[Sample], to: str, *how: str) -> list[Sample]:
    replacement, source, regex = how
    result = []
    for it in samples:
        text = it.labels.get(source, "")
        # Only what matches, found in linear time, is asked for its groups.
        found = _groups(regex).fullmatch(text) if pattern(regex).fullmatch(text) else None
        if found is None:
            result.append(it)
            continue
        labels = {name: value for name, value in it.labels.items() if name != to}
        if value := _expand(replacement, found):
            labels[to] = value
        result.append(Sample(labels, it.value, frame.at))
    return result


@lru_cache(maxsize=256)
def _groups(regex: str) -> re.Pattern[str]:
    return re.compile(regex, re.DOTALL | re.ASCII)


def _expand(replacement: str, found: re.Match[str]) -> str:
    groups = {str(place): text for place, text in enumerate((found[0], *found.groups()))}
    groups |= found.groupdict()

    def part(place: re.Match[str]) -> str:
        return "$" if place[1] else groups.get(place[2] or place[3]) or ""

    return _PART.sub(part, replacement)


def _check(texts: Sequence[str]) -> None:
    to, _, _, regex = texts
    check_label("label_replace", to)
    try:
        pattern(regex)
        _groups(regex)
    except (re.error, ValueError) as error:
        raise ValueError(
            f"invalid regular expression in call to function 'label_replace': {error}"
        ) from None


FUNCTIONS = (of_whole("label_replace", _label_replace, "vector", *STRINGS, check=_check),)
