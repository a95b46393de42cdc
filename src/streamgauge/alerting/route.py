"""Who is told about which alert: Alertmanager's route tree."""

import re
from collections.abc import Iterator, Mapping

import msgspec

from streamgauge.alerting.expression import Matcher, pattern

_MATCHER = re.compile(
    r'\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|(.*?))\s*', re.ASCII
)
_ESCAPED = re.compile(r"\\(.)")


class Route(msgspec.Struct, frozen=True):
    """A node of the tree. Below it the first match wins, unless that one says `on`."""

    receiver: str
    matchers: tuple[Matcher, ...] = ()
    routes: tuple["Route", ...] = ()
    on: bool = False

    def find(self, labels: Mapping[str, str]) -> Iterator["Route"]:
        """The routes that are responsible; a node is where no child of it matches.

        >>> pager = Route("pager", (Matcher("severity", "=", "critical"),))
        >>> tree = Route("team", routes=(pager,))
        >>> [route.receiver for route in tree.find({"severity": "critical"})]
        ['pager']
        """
        if not all(matcher.matches(labels) for matcher in self.matchers):
            return
        found = False
        for child in self.routes:
            for route in child.find(labels):
                found = True
                yield route
            if found and not child.on and all(m.matches(labels) for m in child.matchers):
                return
        if not found:
            yield self

    def why(self) -> str:
        """The condition in words, for people who ask why they were told."""
        text = ", ".join(f'{m.label}{m.op}"{m.value}"' for m in self.matchers)
        return f"route {text or 'default'} to {self.receiver}"


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
