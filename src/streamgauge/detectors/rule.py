"""Whether the fields of a prediction agree with one another: `low <= high`, and little more.

A rule compares two fields, or a field with a number or a text in quotes; after `when` it may say
for which predictions it holds. Names with other signs than letters, digits, `_`, `-` and `.` stand
in backquotes. Nothing else is understood, so a rule from the settings can run nothing.

>>> rule = parse("paid == 0 when `plan name` == 'free'")
>>> rule.broken({"paid": [0.0, 5.0, 5.0, None], "plan name": ["free", "free", "gold", "free"]})
[False, True, False, False]
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

Value = float | str | None
Columns = Mapping[str, Sequence[Value]]

_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
    "==": operator.eq,
    "!=": operator.ne,
}
_EQUAL = {"==", "!="}
_WORD = re.compile(
    r"""\s*(?:
    (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
    |(?P<text>'[^']*'|"[^"]*")
    |`(?P<quoted>[^`]+)`
    |(?P<sign><=|>=|==|!=|<|>)
    |(?P<name>[^\W\d][\w.-]*)
    )""",
    re.VERBOSE,
)


class RuleError(ValueError):
    """A rule that cannot be read; the message names the column."""


class Operand(NamedTuple):
    """A field by its name, or a value that stands in the rule."""

    field: str | None
    value: Value = None

    def column(self, columns: Columns, size: int) -> Sequence[Value]:
        """Its value in each prediction; None where there is none."""
        if self.field is None:
            return [self.value] * size
        return columns.get(self.field) or [None] * size


class Comparison(NamedTuple):
    """Two operands and the sign between them."""

    left: Operand
    sign: str
    right: Operand

    def holds(self, columns: Columns, size: int) -> list[bool | None]:
        """Whether it is so in each prediction; None where a value is missing or of another type."""
        compare = _SIGNS[self.sign]
        equal = self.sign in _EQUAL
        told: list[bool | None] = []
        for left, right in zip(
            self.left.column(columns, size), self.right.column(columns, size), strict=True
        ):
            if left is None or right is None:
                told.append(None)
            elif isinstance(left, str) == isinstance(right, str):
                told.append(compare(left, right))
            else:
                told.append(self.sign == "!=" if equal else None)
        return told


class Rule(NamedTuple):
    """What must hold, and when."""

    text: str
    must: Comparison
    when: Comparison | None = None

    @property
    def fields(self) -> set[str]:
        """The fields that it speaks of."""
        sides = [self.must.left, self.must.right]
        if self.when is not None:
            sides += [self.when.left, self.when.right]
        return {one.field for one in sides if one.field is not None}

    def broken(self, columns: Columns) -> list[bool]:
        """Which predictions break it; what is missing breaks nothing."""
        size = max((len(column) for column in columns.values()), default=0)
        must = self.must.holds(columns, size)
        when = self.when.holds(columns, size) if self.when else [True] * size
        return [one is False and other is True for one, other in zip(must, when, strict=True)]


def parse(text: str) -> Rule:
    """Read a rule; raises RuleError, which names the column.

    >>> parse("low <= high or else")
    Traceback (most recent call last):
    streamgauge.detectors.rule.RuleError: rule 'low <= high or else', column 13: expected `when`
    """
    words = _words(text)
    must, words = _comparison(text, words)
    when = None
    if words:
        if (words[0].kind, words[0].said) != ("name", "when"):
            raise _error(text, words[0].place, "expected `when`")
        when, words = _comparison(text, words[1:])
    if words:
        raise _error(text, words[0].place, "expected the end")
    rule = Rule(text, must, when)
    if not rule.fields:
        raise _error(text, 0, "it speaks of no field")
    return rule


class _Word(NamedTuple):
    kind: str
    said: str
    place: int


def _words(text: str) -> list[_Word]:
    words, place = [], 0
    end = len(text.rstrip())
    while place < end:
        found = _WORD.match(text, place)
        if found is None:
            blank = len(text[place:]) - len(text[place:].lstrip())
            raise _error(text, place + blank, "expected a field, a number, a 'text' or a sign")
        kind = found.lastgroup or ""
        words.append(_Word(kind, found[kind], found.start(kind)))
        place = found.end()
    return words


def _comparison(text: str, words: list[_Word]) -> tuple[Comparison, list[_Word]]:
    left = _operand(text, words[:1])
    if len(words) < 2 or words[1].kind != "sign":
        place = words[1].place if len(words) > 1 else len(text)
        raise _error(text, place, f"expected one of {' '.join(_SIGNS)}")
    right = _operand(text, words[2:3])
    return Comparison(left, words[1].said, right), words[3:]


def _operand(text: str, words: list[_Word]) -> Operand:
    if not words or words[0].kind == "sign":
        place = words[0].place if words else len(text)
        raise _error(text, place, "expected a field, a number or a 'text'")
    kind, said, _ = words[0]
    if kind == "number":
        return Operand(None, float(said))
    return Operand(None, said[1:-1]) if kind == "text" else Operand(said)


def _error(text: str, place: int, what: str) -> RuleError:
    return RuleError(f"rule {text!r}, column {place + 1}: {what}")
