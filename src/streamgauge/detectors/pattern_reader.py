"""Reads a regular expression into a tree: sequences, choices, repeats, tests of one character."""

from collections.abc import Callable
from typing import NamedTuple

MANY = -1
_MOST = 1_000
_DEPTH = 50
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
_SIGNS = "*+?{"

Test = Callable[[str], bool]


class Sequence(NamedTuple):
    """One part after the other."""

    parts: "list[Node]"


class Choice(NamedTuple):
    """Any of the parts."""

    parts: "list[Node]"


class Repeat(NamedTuple):
    """A part, from `least` to `most` times, or MANY."""

    part: "Node"
    least: int
    most: int


Node = Sequence | Choice | Repeat | Test


class PatternError(ValueError):
    """A pattern that cannot be read; the message names the column."""


def _not(test: Test) -> Test:
    return lambda char: not test(char)


def _between(low: str, high: str) -> Test:
    return lambda char: low <= char <= high


_KINDS: dict[str, Test] = {
    "d": str.isdecimal,
    "w": lambda char: char.isalnum() or char == "_",
    "s": str.isspace,
}
_KINDS |= {name.upper(): _not(test) for name, test in _KINDS.items()}


def read(text: str) -> Node:
    """The tree of a pattern; `^` in front and `$` behind say what is meant anyway.

    >>> read("(a").parts
    Traceback (most recent call last):
    streamgauge.detectors.pattern_reader.PatternError: pattern '(a', column 3: ) is missing
    """
    reader = _Reader(text)
    node = reader.choice(0)
    if reader.place < len(text):
        raise reader.error("nothing is open that this could close")
    return node


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self.place = 0

    def error(self, what: str) -> PatternError:
        return PatternError(f"pattern {self._text!r}, column {self.place + 1}: {what}")

    def choice(self, depth: int) -> Node:
        if depth > _DEPTH:
            raise self.error("too deep")
        parts: list[Node] = [self._sequence(depth)]
        while self._take("|"):
            parts.append(self._sequence(depth))
        return parts[0] if len(parts) == 1 else Choice(parts)

    def _sequence(self, depth: int) -> Node:
        parts: list[Node] = []
        while (sign := self._peek()) and sign not in "|)":
            first, last = self.place == 0, self.place == len(self._text) - 1
            if (sign == "^" and first) or (sign == "$" and last):
                self.place += 1
                continue
            parts.append(self._repeated(self._atom(depth)))
        return Sequence(parts)

    def _atom(self, depth: int) -> Node:
        sign = self._peek()
        if sign in "^$" + _SIGNS:
            raise self.error(f"{sign} cannot stand here; a plain one is \\{sign}")
        self.place += 1
        if sign == "(":
            if self._take("?") and not self._take(":"):
                raise self.error("of groups with ?, only (?: is known")
            node = self.choice(depth + 1)
            self._must(")")
            return node
        if sign == "[":
            return self._class()
        if sign == ".":
            return _not("\n".__eq__)
        return self._escape() if sign == "\\" else sign.__eq__

    def _escape(self) -> Test:
        sign = self._next("what is escaped is missing")
        if sign in _KINDS:
            return _KINDS[sign]
        char = _CONTROLS.get(sign, sign)
        if char == sign and sign.isascii() and sign.isalnum():
            self.place -= 1
            raise self.error(f"\\{sign} is not known")
        return char.__eq__

    def _class(self) -> Test:
        negated, tests = self._take("^"), list[Test]()
        while not tests or self._peek() != "]":
            low = self._member()
            if isinstance(low, str):
                if self._peek() == "-" and self._peek(1) not in {"]", ""}:
                    self.place += 1
                    high = self._member()
                    if not isinstance(high, str) or high < low:
                        raise self.error("not a range")
                    tests.append(_between(low, high))
                else:
                    tests.append(low.__eq__)
            else:
                tests.append(low)
        self.place += 1

        def test(char: str) -> bool:
            return any(one(char) for one in tests) != negated

        return test

    def _member(self) -> str | Test:
        sign = self._next("] is missing")
        if sign != "\\":
            return sign
        if self._peek() in _KINDS:
            return _KINDS[self._next("")]
        sign = self._next("what is escaped is missing")
        return _CONTROLS.get(sign, sign)

    def _repeated(self, node: Node) -> Node:
        counts = self._counts()
        if counts is None:
            return node
        # To take as little as possible first is the same where the whole text is meant.
        self._take("?")
        if self._peek() and self._peek() in _SIGNS:
            raise self.error("what is repeated cannot be repeated again without ( )")
        return Repeat(node, *counts)

    def _counts(self) -> tuple[int, int] | None:
        if self._take("*"):
            return 0, MANY
        if self._take("+"):
            return 1, MANY
        if self._take("?"):
            return 0, 1
        if not self._take("{"):
            return None
        least = self._number()
        most = least
        if self._take(","):
            most = MANY if self._peek() == "}" else self._number()
        self._must("}")
        if MANY < most < least:
            raise self.error("fewer at most than at least")
        return least, most

    def _number(self) -> int:
        begin = self.place
        while self._peek().isdecimal() and self._peek().isascii():
            self.place += 1
        digits = self._text[begin : self.place]
        if not digits or len(digits) > 4 or int(digits) > _MOST:
            raise self.error(f"a number up to {_MOST} is missing")
        return int(digits)

    def _peek(self, ahead: int = 0) -> str:
        place = self.place + ahead
        return self._text[place] if place < len(self._text) else ""

    def _next(self, missing: str) -> str:
        sign = self._peek()
        if not sign:
            raise self.error(missing)
        self.place += 1
        return sign

    def _take(self, sign: str) -> bool:
        if self._peek() != sign:
            return False
        self.place += 1
        return True

    def _must(self, sign: str) -> None:
        if not self._take(sign):
            raise self.error(f"{sign} is missing")
