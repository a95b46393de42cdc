"""Reads expressions: the grammar is promql-parser's, what is made of it is ours."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Literal

import promql_parser

from streamgauge.alerting.matcher import Matcher
from streamgauge.alerting.promql import place, subset
from streamgauge.alerting.promql.aggregation import AGGREGATIONS
from streamgauge.alerting.promql.error import OutsideSubsetError
from streamgauge.alerting.promql.expression import Expression
from streamgauge.alerting.promql.functions import FUNCTIONS
from streamgauge.alerting.promql.lexer import quoted
from streamgauge.alerting.promql.tree import (
    Aggregate,
    Binary,
    Call,
    Matching,
    Node,
    Number,
    Selector,
    Sign,
    Text,
    depth,
)
from streamgauge.alerting.promql.vector import NAME

# Far below where evaluation would leave the stack.
DEEPEST = 100

_MATCH = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}
_MANY: dict[str, Literal["", "left", "right"]] = {
    "OneToOne": "",
    "ManyToMany": "",
    "ManyToOne": "left",
    "OneToMany": "right",
}


def parse(text: str) -> Expression:
    """Read an expression; OutsideSubsetError names construct and column of what is not supported.

    >>> parse("sum by (model) (rate(errors[5m])) > 0.1").reach
    300000
    >>> parse("up @ 0")
    Traceback (most recent call last):
    streamgauge.alerting.promql.error.OutsideSubsetError: 'up @ 0', column 4: the modifier @ is ...
    """
    subset.check(text)
    plain = quoted(text)
    try:
        tree = _node(promql_parser.parse(plain))
        deep = depth(tree) > DEEPEST
    except ValueError as error:
        where, what = place.refused(plain, str(error))
        where = place.moved(where, plain, text)
        raise OutsideSubsetError.at(text, where, f"no PromQL: {what}") from None
    except RecursionError:
        deep = True
    if deep:
        raise OutsideSubsetError(f"{text[:50]!r}...: expected at most {DEEPEST} levels")
    made = tree.kind
    if made not in ("vector", "scalar"):
        what = "a range" if made == "matrix" else "a string"
        said = f"{what} is no result of a rule; expected an instant vector or a scalar"
        raise OutsideSubsetError.at(text, 1, said)
    return Expression(text, tree)


def _node(node: Any) -> Node:
    return _BY_TYPE[type(node).__name__](node)


def _sign(node: Any) -> Node:
    operand = _node(node.expr)
    return Number(-operand.value) if isinstance(operand, Number) else Sign(operand)


def _selector(node: Any, range_: int) -> Selector:
    name, matchers = node.name or "", []
    for found in node.matchers.matchers:
        matcher = Matcher(found.name, _MATCH[str(found.op).rpartition(".")[2]], found.value)
        if matcher.label == NAME and matcher.op == "=" and not name:
            name = matcher.value
        else:
            matchers.append(matcher)
    key = f"{name}{{{','.join(map(str, matchers))}}}"
    offset = 0 if node.offset is None else _milliseconds(node.offset)
    return Selector(name, tuple(matchers), range_, offset, key)


def _binary(node: Any) -> Binary:
    left, right, modifier = _node(node.lhs), _node(node.rhs), node.modifier
    if modifier is None:
        return Binary(str(node.op), left, right, holds=False, matching=Matching())
    on, labels = False, ()
    if modifier.matching is not None:
        on = str(modifier.matching.type).endswith("Include")
        labels = tuple(modifier.matching.labels)
    many = _MANY[str(modifier.card).rpartition(".")[2]]
    matching = Matching(labels, on, many, tuple(modifier.group_labels or ()))
    return Binary(str(node.op), left, right, bool(modifier.return_bool), matching)


def _aggregate(node: Any) -> Aggregate:
    operand = _node(node.expr)
    if operand.kind != "vector":
        raise ValueError(f"expected type vector in aggregation expression, got {operand.kind}")
    without = node.modifier is not None and str(node.modifier.type).endswith("Without")
    labels = () if node.modifier is None else tuple(node.modifier.labels)
    parameter = None if node.param is None else _node(node.param)
    return Aggregate(AGGREGATIONS[str(node.op)], operand, parameter, labels, without)


def _call(node: Any) -> Call:
    function = FUNCTIONS[node.func.name]
    arguments = tuple(map(_node, node.args))
    if function.check:
        function.check([it.value for it in arguments if isinstance(it, Text)])
    return Call(function, arguments)


def _milliseconds(duration: timedelta) -> int:
    return round(duration.total_seconds() * 1000)


_BY_TYPE: dict[str, Callable[[Any], Node]] = {
    "ParenExpr": lambda node: _node(node.expr),
    "NumberLiteral": lambda node: Number(float(node.val)),
    "StringLiteral": lambda node: Text(node.val),
    "VectorSelector": lambda node: _selector(node, 0),
    "MatrixSelector": lambda node: _selector(node.vector_selector, _milliseconds(node.range)),
    "UnaryExpr": _sign,
    "BinaryExpr": _binary,
    "AggregateExpr": _aggregate,
    "Call": _call,
}
