"""Reads the texts of rules: the part of Go's text/template that names no query and no loop.

A text becomes nodes: strings, actions (pipelines) and branches. The grammar is text/template's.
"""

import re
from collections.abc import Iterator, Sequence

import msgspec

from streamgauge.alerting.template.function import ARITY

_OPEN, _CLOSE = "{{", "}}"
_TOKEN = re.compile(
    r"\s*(?:"
    r'(?P<string>"(?:[^"\\\n]|\\.)*"|`[^`]*`)'
    r"|(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.])"
    r"|(?P<place>\$?\.?[a-zA-Z_]\w*(?:\.[a-zA-Z_]\w*)*|\.|\$)"
    r"|(?P<mark>:=|[()|=,]))",
    re.ASCII,
)
# The blank belongs to the dash: `{{-1}}` is a number. Between comment and braces is nothing else.
_DASH_FIRST, _DASH_LAST = re.compile(r"-[ \t\r\n]"), re.compile(r"[ \t\r\n]-$")
_COMMENT = re.compile(r"/\*.*?\*/(?P<dash>[ \t\r\n]-)?}}", re.DOTALL)
# What is nested deeper is a mistake; reading and filling it would leave the stack.
_MOST = 100
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "'": "'"}
_PLACES = {
    "$labels": "labels",
    ".Labels": "labels",
    "$value": "value",
    ".Value": "value",
    "$externalLabels": "external",
    ".ExternalLabels": "external",
    "$externalURL": "url",
    ".ExternalURL": "url",
}
_FIELD = re.compile(r"[a-zA-Z_]\w*", re.ASCII)


class Place(msgspec.Struct, frozen=True):
    """`$labels.x`, `.Value` or `.`: where a value comes from."""

    source: str
    field: str = ""


class Call(msgspec.Struct, frozen=True):
    """A function and its arguments."""

    function: str
    arguments: "tuple[Term, ...]"


Term = str | int | float | bool | Place | Call


class Branch(msgspec.Struct, frozen=True):
    """`if`, or `with` that makes its condition the dot of its first branch."""

    condition: Term
    then: "tuple[Node, ...]"
    otherwise: "tuple[Node, ...]"
    rebinds: bool = False


class Action(msgspec.Struct, frozen=True):
    """A place of the text that is filled."""

    term: Term


Node = str | Action | Branch


class _Tag(msgspec.Struct):
    text: str
    words: list[tuple[str, str]]


def parse(text: str) -> tuple[Node, ...]:
    """Read a text; ValueError names what is not supported.

    >>> parse("{{ $labels.model }} is slow")
    (Action(term=Place(source='labels', field='model')), ' is slow')
    """
    pieces = list(_pieces(text))
    _check_depth(pieces)
    nodes, rest, ended = _sequence(pieces, 0)
    if ended:
        raise ValueError(f"{ended.text} has no beginning; it is not supported here")
    assert rest == len(pieces)
    return nodes


def _pieces(text: str) -> Iterator[str | _Tag]:
    place, trim = 0, False
    while True:
        begin = text.find(_OPEN, place)
        plain = text[place:] if begin < 0 else text[place:begin]
        if trim:
            plain = plain.lstrip(" \t\r\n")
        if begin < 0:
            yield plain
            return
        dashed = _DASH_FIRST.match(text, begin + 2)
        if dashed:
            plain = plain.rstrip(" \t\r\n")
        yield plain
        comment = _COMMENT.match(text, dashed.end() if dashed else begin + 2)
        if comment:
            place, trim = comment.end(), bool(comment["dash"])
            continue
        end = _end(text, begin)
        action = text[begin : end + 2]
        inner = action[4 if dashed else 2 : -2]
        trim = bool(_DASH_LAST.search(inner))
        yield _Tag(action, list(_words(inner[:-1] if trim else inner, action)))
        place = end + 2


def _check_depth(pieces: Sequence[str | _Tag]) -> None:
    tags = [piece for piece in pieces if isinstance(piece, _Tag)]
    if sum(("place", word) in tag.words for tag in tags for word in ("if", "with")) > _MOST:
        raise ValueError(f"more than {_MOST} of if and with are not supported")
    for tag in tags:
        if tag.words.count(("mark", "(")) > _MOST:
            raise ValueError(f"{tag.text[:50]}...: more than {_MOST} of ( are not supported")


def _end(text: str, begin: int) -> int:
    """Where the action ends: braces inside of its strings do not count."""
    place = begin + 2
    while place < len(text):
        if text.startswith(_CLOSE, place):
            return place
        if text[place] in '"`':
            string = _TOKEN.match(text, place)
            if string is None:
                break
            place = string.end()
        else:
            place += 1
    raise ValueError(f"{text[begin : begin + 20]!r} has no end; expected {_CLOSE}")


def _words(inner: str, action: str) -> Iterator[tuple[str, str]]:
    place, inner = 0, inner.rstrip()
    while place < len(inner):
        token = _TOKEN.match(inner, place)
        if token is None:
            raise ValueError(f"{action}: {inner[place:].strip()!r} is not supported")
        yield str(token.lastgroup), token[str(token.lastgroup)]
        place = token.end()


def _sequence(pieces: Sequence[str | _Tag], at: int) -> tuple[tuple[Node, ...], int, _Tag | None]:
    """Nodes up to an `else`, an `end` or the end; and which of them it was."""
    nodes: list[Node] = []
    while at < len(pieces):
        piece = pieces[at]
        at += 1
        if isinstance(piece, str):
            if piece:
                nodes.append(piece)
            continue
        head = piece.words[0][1] if piece.words else ""
        if head in ("else", "end"):
            return tuple(nodes), at, piece
        if head in ("if", "with"):
            branch, at = _branch(pieces, at, piece, piece.words[1:], rebinds=head == "with")
            nodes.append(branch)
        else:
            nodes.append(Action(_Terms(piece, piece.words).whole()))
    return tuple(nodes), at, None


def _branch(
    pieces: Sequence[str | _Tag],
    at: int,
    opened: _Tag,
    words: list[tuple[str, str]],
    *,
    rebinds: bool,
) -> tuple[Branch, int]:
    condition = _Terms(opened, words).whole()
    then, at, ended = _sequence(pieces, at)
    otherwise: tuple[Node, ...] = ()
    if ended and ended.words[0][1] == "else":
        if len(ended.words) > 1:
            kind = ended.words[1][1]
            if kind not in ("if", "with"):
                raise ValueError(f"{ended.text} is not supported; expected else, else if")
            more, at = _branch(pieces, at, ended, ended.words[2:], rebinds=kind == "with")
            return Branch(condition, then, (more,), rebinds), at
        otherwise, at, ended = _sequence(pieces, at)
    if ended is None or ended.words != [("place", "end")]:
        raise ValueError(f"{opened.text} has no {{{{ end }}}}; it is not supported without")
    return Branch(condition, then, otherwise, rebinds), at


class _Terms:
    """The words of one action as a pipeline of calls."""

    def __init__(self, tag: _Tag, words: list[tuple[str, str]]) -> None:
        self._tag = tag
        self._words = words
        self._at = 0

    def whole(self) -> Term:
        term = self._pipeline()
        if self._at < len(self._words):
            raise self._wrong(self._words[self._at][1])
        return term

    def _pipeline(self) -> Term:
        term = self._command(())
        while self._next("|"):
            term = self._command((term,))
        return term

    def _command(self, piped: tuple[Term, ...]) -> Term:
        kind, word = self._take()
        # What is piped in is the last argument, and only a function takes it.
        if kind == "place" and word not in ("true", "false") and word[0] not in "$.":
            if word not in ARITY:
                raise self._wrong(word)
            arguments: list[Term] = []
            while self._at < len(self._words) and self._words[self._at][1] not in ("|", ")"):
                arguments.append(self._operand(*self._take()))
            arguments += piped
            least, most = ARITY[word]
            if not least <= len(arguments) <= most:
                raise ValueError(
                    f"{self._tag.text}: {word} takes {least} arguments, not {len(arguments)}"
                )
            return Call(word, tuple(arguments))
        if piped:
            raise self._wrong(word)
        return self._operand(kind, word)

    def _operand(self, kind: str, word: str) -> Term:
        if kind == "string":
            if word[0] == "`":
                return word[1:-1]
            return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[0]), word[1:-1])
        if kind == "number":
            return int(word) if word.lstrip("+-").isdecimal() else float(word)
        if word == "(":
            term = self._pipeline()
            if not self._next(")"):
                raise ValueError(f"{self._tag.text}: expected )")
            return term
        if word in ("true", "false"):
            return word == "true"
        return self._place(word)

    def _place(self, word: str) -> Place:
        if word == ".":
            return Place("dot")
        head, _, field = word.lstrip("$.").partition(".")
        starts_well = word.startswith(("$", "."))
        source = _PLACES.get(word[: len(word) - len(field) - bool(field)])
        if source is None or not starts_well or (field and source in ("value", "url")):
            raise self._wrong(word)
        if field and not _FIELD.fullmatch(field):
            raise self._wrong(word)
        assert head
        return Place(source, field)

    def _take(self) -> tuple[str, str]:
        if self._at >= len(self._words):
            raise ValueError(f"{self._tag.text}: expected a value")
        self._at += 1
        return self._words[self._at - 1]

    def _next(self, mark: str) -> bool:
        if self._at < len(self._words) and self._words[self._at] == ("mark", mark):
            self._at += 1
            return True
        return False

    def _wrong(self, word: str) -> ValueError:
        return ValueError(
            f"{self._tag.text}: {word} is not supported; expected $labels.NAME, $value,"
            f" $externalLabels.NAME, $externalURL, if, with, or one of {', '.join(ARITY)}"
        )
