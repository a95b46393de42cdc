"""Words of an expression with their places: the wheel that parses tells no columns."""

import re
from typing import Any

import msgspec
import promql_parser

_WORD = re.compile(
    r"""(?P<blank>\s+|\#[^\n]*)
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)
    |(?P<number>0[xX][0-9a-fA-F]+|(?:\d+(?:ms|[smhdwy]))+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
    |(?P<sign>=~|!~|!=|==|<=|>=|.)""",
    re.VERBOSE | re.DOTALL,
)


class Word(msgspec.Struct, frozen=True):
    """A word: `kind` is string, number, name or sign; `start` counts characters from 0."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Where the next character is."""
        return self.start + len(self.text)


def words(text: str) -> list[Word]:
    """The words without blanks and comments.

    >>> [(word.text, word.start) for word in words("up > 5m # x")]
    [('up', 0), ('>', 3), ('5m', 5)]
    """
    return [
        Word(str(found.lastgroup), found[0], found.start())
        for found in _WORD.finditer(text)
        if found.lastgroup != "blank"
    ]


def value(string: str) -> str:
    """What a quoted string stands for; ValueError if the parser refuses it.

    >>> value("'a'"), value("`b`")
    ('a', 'b')
    """
    if string.startswith("`"):
        return string[1:-1]
    literal: Any = promql_parser.parse(string)
    return str(literal.val)


def quoted(text: str) -> str:
    """The same expression without raw strings, which the parser misreads between braces.

    >>> quoted("a{b=~`c`}")
    'a{b=~"c"}'
    """
    parts, end = [], 0
    for word in words(text):
        if word.text.startswith("`"):
            raw = word.text[1:-1].replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            parts += [text[end : word.start], f'"{raw}"']
            end = word.end
    return "".join(parts) + text[end:]


def inside(every: list[Word], opening: str, closing: str) -> list[bool]:
    """For each word, whether it stands between such brackets."""
    depth, within = 0, []
    for word in every:
        depth -= word.kind == "sign" and word.text == closing and depth > 0
        within.append(depth > 0)
        depth += word.kind == "sign" and word.text == opening
    return within
