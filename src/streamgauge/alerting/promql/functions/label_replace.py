"""`label_replace`: a label made of parts of another one."""

import re

from streamgauge.alerting.matcher import pattern
from streamgauge.alerting.promql.function import Frame, of_whole
from streamgauge.alerting.promql.vector import Sample

# `$$`, `${name}` or `$name`, as Go expands them.
_PART = re.compile(r"\$(?:(\$)|\{(\w+)\}|(\w+))", re.ASCII)


def _label_replace(frame: Frame, samples: list[Sample], to: str, *how: str) -> list[Sample]:
    replacement, source, regex = how
    result = []
    for it in samples:
        found = pattern(regex).fullmatch(it.labels.get(source, ""))
        if found is None:
            result.append(it)
            continue
        labels = {name: value for name, value in it.labels.items() if name != to}
        if value := _expand(replacement, found):
            labels[to] = value
        result.append(Sample(labels, it.value, frame.at))
    return result


def _expand(replacement: str, found: re.Match[str]) -> str:
    groups = {str(place): text for place, text in enumerate((found[0], *found.groups()))}
    groups |= found.groupdict()

    def part(place: re.Match[str]) -> str:
        return "$" if place[1] else groups.get(place[2] or place[3]) or ""

    return _PART.sub(part, replacement)


FUNCTIONS = (
    of_whole("label_replace", _label_replace, "vector", "string", "string", "string", "string"),
)
