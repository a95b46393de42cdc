"""Conditions of rules: a comparison of one measure with a number, written in PromQL.

The grammar is promql-parser's, the evaluation is ours. What PromQL allows beyond this subset is
refused by name, so that a rule never means less than it says.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import promql_parser

from streamgauge.alerting.matcher import Matcher, pattern

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_FLIPPED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_MATCH = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}
_CONSTRUCT = {
    "AggregateExpr": "an aggregation",
    "Call": "a function call",
    "MatrixSelector": "a range selector",
    "SubqueryExpr": "a subquery",
    "UnaryExpr": "a sign before a measure",
    "BinaryExpr": "arithmetic or a second comparison",
    "StringLiteral": "a string",
    "NumberLiteral": "a number",
    "VectorSelector": "a measure",
}


class OutsideSubsetError(ValueError):
    """The expression is PromQL but not of the subset, or no PromQL at all."""


class Comparison(msgspec.Struct, frozen=True):
    """`metric{matchers} op threshold`, with the number on the right whichever side it was on."""

    metric: str
    matchers: tuple[Matcher, ...]
    op: str
    threshold: float

    def names(self, label: str) -> bool:
        """Whether a matcher is about this label."""
        return any(matcher.label == label for matcher in self.matchers)

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Whether a series with these labels is meant."""
        return all(matcher.matches(labels) for matcher in self.matchers)

    def holds(self, value: float) -> bool:
        """Whether the condition is met; NaN meets nothing but `!=`."""
        return _COMPARE[self.op](value, self.threshold)


def parse(text: str) -> Comparison:
    """Read a condition; OutsideSubsetError names the construct that is not supported.

    >>> parse('0.05 < prediction_error_ratio{model=~"scan.*"}')
    Comparison(metric='prediction_error_ratio',
        matchers=(Matcher(label='model', op='=~', value='scan.*'),), op='>', threshold=0.05)
    >>> parse("sum(a) > 1")
    Traceback (most recent call last):
    streamgauge.alerting.expression.OutsideSubsetError: an aggregation (sum(a{})) is outside ...
    """
    try:
        tree = _bare(promql_parser.parse(text))
    except ValueError as error:
        raise OutsideSubsetError(f"{text!r} is no PromQL: {error}") from None
    op = str(tree.op) if isinstance(tree, promql_parser.BinaryExpr) else ""
    if not isinstance(tree, promql_parser.BinaryExpr) or op not in _COMPARE:
        what = f"the operator {op}" if op else _CONSTRUCT.get(type(tree).__name__, "this")
        raise _outside(f"{what} ({tree}) without a comparison")
    if tree.modifier is not None and tree.modifier.return_bool:
        raise _outside("the modifier bool")
    left, right = _bare(tree.lhs), _bare(tree.rhs)
    if isinstance(left, promql_parser.NumberLiteral):
        left, right, op = right, left, _FLIPPED[op]
    if isinstance(left, promql_parser.VectorSelector) and isinstance(
        right, promql_parser.VectorSelector
    ):
        raise _outside(f"a comparison of two measures ({left} and {right})")
    for side, wanted in (
        (left, promql_parser.VectorSelector),
        (right, promql_parser.NumberLiteral),
    ):
        if not isinstance(side, wanted):
            raise _outside(f"{_CONSTRUCT.get(type(side).__name__, 'this')} ({side})")
    metric, matchers = _selector(left)
    return Comparison(metric, matchers, op, float(right.val))


def _selector(node: Any) -> tuple[str, tuple[Matcher, ...]]:
    for construct, value in (("offset", node.offset), ("the modifier @", node.at)):
        if value is not None:
            raise _outside(f"{construct} ({node})")
    if node.matchers.or_matchers:
        raise _outside("or between label matchers")
    name = node.name
    matchers = []
    for found in node.matchers.matchers:
        matcher = Matcher(found.name, _MATCH[str(found.op).rpartition(".")[2]], found.value)
        if matcher.label == "__name__":
            if matcher.op != "=":
                raise _outside(f"a matcher on the measure's name ({node})")
            name = matcher.value
            continue
        if matcher.op in ("=~", "!~"):
            try:
                pattern(matcher.value)
            except ValueError as error:
                raise OutsideSubsetError(f"{matcher.value!r}: {error}") from None
        matchers.append(matcher)
    if not name:
        raise _outside(f"a selector without a measure's name ({node})")
    return name, tuple(matchers)


def _bare(node: Any) -> Any:
    while isinstance(node, promql_parser.ParenExpr):
        node = node.expr
    return node


def _outside(construct: str) -> OutsideSubsetError:
    return OutsideSubsetError(
        f"{construct} is outside the supported subset; expected a comparison of one measure with a"
        ' number, for example prediction_error_ratio{model="m"} > 0.05'
    )
