"""What a label has to be: the matchers of PromQL, of routes and of silences."""

import re
from collections.abc import Mapping
from functools import lru_cache

import msgspec

_MATCHER = re.compile(
    r'\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|(.*?))\s*', re.ASCII
)
_ESCAPED = re.compile(r"\\(.)")


class Matcher(msgspec.Struct, frozen=True):
    """What a label has to be; a label that is absent counts as empty, as in Prometheus.

    >>> Matcher("model", "=~", "scan.*").matches({"model": "scan_count"})
    True
    """

    label: str
    op: str
    value: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether the labels satisfy it; a regular expression has to match the whole value."""
        value = labels.get(self.label, "")
        if self.op == "=":
            return value == self.value
        if self.op == "!=":
            return value != self.value
        return (pattern(self.value).fullmatch(value) is not None) == (self.op == "=~")

    def __str__(self) -> str:
        value = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.label}{self.op}"{value}"'


@lru_cache(maxsize=4_096)
def pattern(text: str) -> re.Pattern[str]:
    """A label's regular expression, with Prometheus' dot that matches line ends too."""
    return re.compile(text, re.DOTALL | re.ASCII)


def read_matcher(text: str) -> Matcher:
    """Read `severity="critical"`; ValueError says what is expected.

    >>> read_matcher("team =~ a|b")
    Matcher(label='team', op='=~', value='a|b')
    """
    match = _MATCHER.fullmatch(text)
    if not match:
        raise ValueError(f'{text!r} is no matcher; expected for example severity="critical"')
    label, op, quoted, bare = match.groups()
    value = bare if quoted is None else _ESCAPED.sub(r"\1", quoted)
    if op in ("=~", "!~"):
        try:
            pattern(value)
        except re.error as error:
            raise ValueError(f"{value!r}: {error}") from None
    return Matcher(label, op, value)
