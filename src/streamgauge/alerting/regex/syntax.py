"""Reads RE2's syntax as Go has it, so that what Alertmanager refuses is refused here too.

Python's `re` accepts other expressions (lookaround, backreferences) and reads some differently.
Source: https://github.com/google/re2/wiki/Syntax
"""

import re

from streamgauge.alerting.regex import character
from streamgauge.alerting.regex.tree import Between, Chain, Choice, Edge, Node, One, Repeat, Test

MAX_LENGTH = 1_000
_MOST_REPEATS, _DEEPEST = 1_000, 50
_COUNT = re.compile(r"\{(0|[1-9]\d*)(,(0|[1-9]\d*)?)?\}", re.ASCII)
_FLAGS = re.compile(r"\(\?([imsU]*)(?:-([imsU]+))?([:)])")
_NAMED = re.compile(r"\(\?P<\w+>", re.ASCII)
_HEX = re.compile(r"x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,8})\})")
_OCTAL = re.compile(r"0[0-7]{0,2}|[1-7][0-7]{1,2}")
_UNICODE = re.compile(r"([pP])(?:\{(\^?)(\w+)\}|(\w))", re.ASCII)
_POSIX = re.compile(r"\[:(\^?)(\w+):\]", re.ASCII)
_CONTROL = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_EDGES: dict[str, Edge] = {"A": "begin", "z": "end", "b": "word edge", "B": "no word edge"}


def parse(text: str) -> Node:
    """The tree of an expression; ValueError says what RE2 does not have, and where.

    >>> parse("a(?=b)")
    Traceback (most recent call last):
    ValueError: a(?=b): column 2: (?= is not in RE2: no lookaround, no conditions
    """
    if len(text) > MAX_LENGTH:
        raise ValueError(f"{text[:20]}...: expected at most {MAX_LENGTH} characters")
    parser = _Parser(text)
    tree = parser.choice(0)
    if parser.at < len(text):
        raise parser.error("unexpected )")
    return tree


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        # Prometheus 3 lets the dot match a line's end.
        self._flags = frozenset("s")

    def error(self, message: str) -> ValueError:
        return ValueError(f"{self.text}: column {self.at + 1}: {message}")

    def choice(self, depth: int) -> Node:
        if depth > _DEEPEST:
            raise self.error("nested too deeply")
        parts = [self._chain(depth)]
        while self._take("|"):
            parts.append(self._chain(depth))
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def _chain(self, depth: int) -> Node:
        parts: list[Node] = []
        repeated = False
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            bounds = self._bounds()
            if bounds:
                parts[-1:] = [self._repeat(parts, *bounds, again=repeated)]
                repeated = True
            else:
                parts += self._atom(depth)
                repeated = False
        return Chain(tuple(parts))

    def _repeat(self, parts: list[Node], least: int, most: int | None, *, again: bool) -> Node:
        if not parts:
            raise self.error("nothing to repeat")
        if again:
            raise self.error("a repetition cannot be repeated")
        node = Repeat(parts[-1], least, most)
        if max(least, most or 0) > 1 and not node.fits(_MOST_REPEATS):
            raise self.error(f"expected at most {_MOST_REPEATS} repetitions")
        return node

    def _bounds(self) -> tuple[int, int | None] | None:
        sign = self.text[self.at]
        bounds: tuple[int, int | None] | None = None
        if sign in "*+?":
            bounds = (int(sign == "+"), 1 if sign == "?" else None)
            self.at += 1
        elif match := _COUNT.match(self.text, self.at):
            least = int(match[1])
            most = least if match[2] is None else None if match[3] is None else int(match[3])
            if max(least, most or 0) > _MOST_REPEATS or (most is not None and most < least):
                raise self.error(f"{match[0]}: expected up to {_MOST_REPEATS}, the smaller first")
            bounds = (least, most)
            self.at = match.end()
        if bounds:
            self._take("?")
        return bounds

    def _atom(self, depth: int) -> list[Node]:
        sign = self.text[self.at]
        if sign == "(":
            return self._group(depth)
        if sign == "[":
            return [One(self._class())]
        if sign == "\\":
            return self._escaped()
        self.at += 1
        multiline = "m" in self._flags
        if sign == "^":
            return [Between("line begin" if multiline else "begin")]
        if sign == "$":
            return [Between("line end" if multiline else "end")]
        return [One(self._dot() if sign == "." else self._among(((sign, sign),)))]

    def _dot(self) -> Test:
        return character.anything if "s" in self._flags else character.not_newline

    def _group(self, depth: int) -> list[Node]:
        before = self._flags
        if flags := _FLAGS.match(self.text, self.at):
            if flags[0] == "(?)":
                raise self.error("(?) is not in RE2")
            self._flags = before.union(flags[1]) - set(flags[2] or "")
            self.at = flags.end()
            if flags[3] == ")":
                return []
        elif named := _NAMED.match(self.text, self.at):
            self.at = named.end()
        elif self.text.startswith("(?", self.at):
            raise self.error(
                f"{self.text[self.at : self.at + 3]} is not in RE2: no lookaround, no conditions"
            )
        else:
            self.at += 1
        inner = self.choice(depth + 1)
        if not self._take(")"):
            raise self.error("expected )")
        self._flags = before
        return [inner]

    def _escaped(self) -> list[Node]:
        if self.text.startswith("\\Q", self.at):
            begin, end = self.at + 2, self.text.find("\\E", self.at)
            if end < 0:
                raise self.error("expected \\E after \\Q")
            quoted = self.text[begin:end]
            self.at = end + 2
            return [One(self._among(((char, char),))) for char in quoted]
        edge = _EDGES.get(self.text[self.at + 1 : self.at + 2])
        if edge:
            self.at += 2
            return [Between(edge)]
        if known := self._known_class():
            return [One(known)]
        char = self._escape()
        return [One(self._among(((char, char),)))]

    def _known_class(self) -> Test | None:
        """Perl's classes and Unicode's categories."""
        if match := _UNICODE.match(self.text, self.at + 1):
            try:
                test = character.category(match[3] or match[4])
            except ValueError as error:
                raise self.error(str(error)) from None
            self.at = match.end()
            return character.neither(test) if (match[1] == "P") != bool(match[2]) else test
        letter = self.text[self.at + 1 : self.at + 2]
        if letter.lower() not in character.PERL:
            return None
        self.at += 2
        test = self._among(character.PERL[letter.lower()])
        return character.neither(test) if letter.isupper() else test

    def _escape(self) -> str:
        """One character that is written with a backslash."""
        letter = self.text[self.at + 1 : self.at + 2]
        for kind, base in ((_OCTAL, 8), (_HEX, 16)):
            if match := kind.match(self.text, self.at + 1):
                number = int(match[0] if base == 8 else match[1] or match[2], base)
                if number > 0x10FFFF:
                    raise self.error("expected a character of Unicode")
                self.at = match.end()
                return chr(number)
        if letter in _CONTROL:
            self.at += 2
            return _CONTROL[letter]
        if not letter or not letter.isascii() or letter.isalnum():
            raise self.error(f"\\{letter} is not in RE2: no backreferences")
        self.at += 2
        return letter

    def _class(self) -> Test:
        begin = self.at
        self.at += 1
        negated = self._take("^")
        tests: list[Test] = []
        while not tests or not self._take("]"):
            if self.at >= len(self.text):
                self.at = begin
                raise self.error("expected ] after [")
            tests.append(self._member())
        test = character.either(tests)
        return character.neither(test) if negated else test

    def _member(self) -> Test:
        if posix := _POSIX.match(self.text, self.at):
            if posix[2] not in character.POSIX:
                raise self.error(f"{posix[0]} is no class")
            self.at = posix.end()
            test = self._among(character.POSIX[posix[2]])
            return character.neither(test) if posix[1] else test
        if self.text[self.at] == "\\" and (known := self._known_class()):
            return known
        low = high = self._class_char()
        rest = self.text[self.at : self.at + 2]
        if len(rest) == 2 and rest[0] == "-" and rest[1] != "]":
            self.at += 1
            high = self._class_char()
            if high < low:
                raise self.error(f"{low}-{high}: the smaller first")
        return self._among(((low, high),))

    def _class_char(self) -> str:
        char = self.text[self.at]
        if char == "\\":
            return self._escape()
        self.at += 1
        return char

    def _among(self, ranges: tuple[character.Range, ...]) -> Test:
        return character.among(ranges, fold="i" in self._flags)

    def _take(self, sign: str) -> bool:
        found = self.text.startswith(sign, self.at)
        self.at += len(sign) * found
        return found
