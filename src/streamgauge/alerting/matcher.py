"""What a label has to be: the matchers of PromQL, of routes and of silences."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

import msgspec

from streamgauge.alerting.regex.automaton import Automaton
from streamgauge.alerting.regex.syntax import parse

# Space as Go's \s has it.
_MATCHER = re.compile(
    r"[\t\n\f\r ]*([a-zA-Z_:][a-zA-Z0-9_:]*)[\t\n\f\r ]*(=~|!~|!=|=)[\t\n\f\r ]*(.*)", re.DOTALL
)
_VALUE = re.compile(r'"((?:[^"\\]|\\.)*)"|(?!")((?:[^"\\]|\\.)*\\?)', re.DOTALL)
_ESCAPED = re.compile(r'\\([n"\\])')


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
        return pattern(self.value).fullmatch(value) == (self.op == "=~")

    def __str__(self) -> str:
        value = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.label}{self.op}"{value}"'


def show_labels(labels: Mapping[str, str]) -> str:
    """A set of labels as Prometheus writes it, which as matchers selects it.

    >>> print(show_labels({"model": "price", "alertname": "Slow"}))
    {alertname="Slow", model="price"}
    """
    equal = (Matcher(name, "=", labels[name]) for name in sorted(labels))
    return f"{{{', '.join(map(str, equal))}}}"


def match_all(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Whether the labels satisfy every matcher; without any they do.

    >>> match_all(read_matchers('severity="critical",team=~"ml.*"'), {"severity": "critical"})
    False
    """
    return all(matcher.matches(labels) for matcher in matchers)


# More than anybody has silences and rules: what is compiled anew at each look costs seconds.
@lru_cache(maxsize=65_536)
def pattern(text: str) -> Automaton:
    """A label's regular expression (RE2); ValueError says what is wrong with it."""
    return Automaton(parse(text))


def read_matcher(text: str) -> Matcher:
    r"""Read `severity="critical"`; ValueError says what is expected.

    The value may stand without quotes. `\"`, `\\` and `\n` are escapes, other backslashes stand
    for themselves. Names are those of Prometheus 2, as in Alertmanager 0.25.

    >>> read_matcher("team =~ a|b")
    Matcher(label='team', op='=~', value='a|b')
    """
    match = _MATCHER.fullmatch(text)
    value = _VALUE.fullmatch(match[3].rstrip("\t\n\f\r ")) if match else None
    if not match or not value:
        raise ValueError(f'{text!r} is no matcher; expected for example severity="critical"')
    raw = value[2] if value[1] is None else value[1]
    wanted = _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], raw)
    if match[2] in ("=~", "!~"):
        pattern(wanted)
    return Matcher(match[1], match[2], wanted)


def read_matchers(text: str) -> tuple[Matcher, ...]:
    """Read a list, in braces or not; ValueError says what is expected.

    >>> [str(one) for one in read_matchers('{foo="a,b", bar!=c,}')]
    ['foo="a,b"', 'bar!="c"']
    """
    pieces = list(_split(text.removeprefix("{").removesuffix("}")))
    if not pieces[-1].strip():
        pieces.pop()
    return tuple(map(read_matcher, pieces))


def _split(text: str) -> Iterator[str]:
    """Pieces between the commas that stand outside of quotes."""
    begin, quoted, escaped = 0, False, False
    for at, char in enumerate(text):
        if char == "," and not quoted:
            yield text[begin:at]
            begin = at + 1
        quoted ^= char == '"' and not escaped
        escaped = char == "\\" and not escaped
    yield text[begin:]
