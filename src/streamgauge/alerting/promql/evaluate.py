"""Evaluates expressions on series, at one moment of event time. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from streamgauge.alerting.promql import binary
from streamgauge.alerting.promql.arithmetic import SETS
from streamgauge.alerting.promql.expression import LOOKBACK, Expression
from streamgauge.alerting.promql.function import Frame
from streamgauge.alerting.promql.store import Source
from streamgauge.alerting.promql.tree import (
    Aggregate,
    Binary,
    Call,
    Node,
    Number,
    Selector,
    Sign,
    Text,
)
from streamgauge.alerting.promql.vector import NAME, Sample, Value, Window, bare, unique


def evaluate(expression: Expression, source: Source, at: int) -> list[Sample]:
    """The result at a time in ms, in an order that labels alone decide, or the expression.

    A scalar is one sample without labels. EvaluationError says why there is no result.

    >>> from streamgauge.alerting.promql.parse import parse
    >>> from streamgauge.alerting.promql.store import Store
    >>> store = Store()
    >>> store.append({"__name__": "errors", "model": "m"}, at=60_000, value=0.25)
    >>> [(dict(it.labels), it.value) for it in evaluate(parse("errors * 100 > 5"), store, 90_000)]
    [({'model': 'm'}, 25.0)]
    """
    result = _value(expression.tree, source, at)
    if isinstance(result, float):
        return [Sample({}, result, at)]
    return [
        it if it.at == at else Sample(it.labels, it.value, at)
        for it in result
        if isinstance(it, Sample)
    ]


def _value(node: Node, source: Source, at: int) -> Value:
    return _BY_TYPE[type(node)](node, source, at)


def _literal(node: Number | Text, _source: Source, _at: int) -> float | str:
    return node.value


def _selector(node: Selector, source: Source, at: int) -> list[Sample] | list[Window]:
    until = at - node.offset
    if not node.range:
        found = ((it.labels, it.latest(until - LOOKBACK, until)) for it in source.select(node))
        return [Sample(labels, last[1], last[0]) for labels, last in found if last]
    after = until - node.range
    windows = []
    for series in source.select(node):
        times, values = series.between(after, until)
        if times:
            windows.append(Window(series.labels, times, values, after, until, at))
    return windows


def _sign(node: Sign, source: Source, at: int) -> Value:
    operand = _value(node.operand, source, at)
    if isinstance(operand, float):
        return -operand
    return unique([Sample(bare(it.labels), -it.value, at) for it in _samples(operand)])


def _binary(node: Binary, source: Source, at: int) -> Value:
    left, right = _value(node.left, source, at), _value(node.right, source, at)
    if isinstance(left, float):
        if isinstance(right, float):
            return binary.scalars(node, left, right)
        return binary.with_scalar(node, _samples(right), left, at, flipped=True)
    if isinstance(right, float):
        return binary.with_scalar(node, _samples(left), right, at, flipped=False)
    if node.op in SETS:
        return binary.sets(node, _samples(left), _samples(right))
    return binary.vectors(node, _samples(left), _samples(right), at)


def _aggregate(node: Aggregate, source: Source, at: int) -> list[Sample]:
    groups: dict[frozenset[tuple[str, str]], list[Sample]] = {}
    keep = _kept(node)
    for sample in _samples(_value(node.operand, source, at)):
        groups.setdefault(frozenset(keep(sample.labels).items()), []).append(sample)
    call = node.aggregation.call
    given = () if node.parameter is None else (_value(node.parameter, source, at),)
    if node.aggregation.chooses:
        return [it for samples in groups.values() for it in call(*given, samples)]
    return [
        Sample(keep(samples[0].labels), call(*given, [it.value for it in samples]), at)
        for samples in groups.values()
    ]


def _kept(node: Aggregate) -> Callable[[Mapping[str, str]], dict[str, str]]:
    names = frozenset(node.labels)
    if not node.without:
        return lambda labels: {name: labels[name] for name in labels if name in names}
    dropped = names | {NAME}
    return lambda labels: {name: labels[name] for name in labels if name not in dropped}


def _call(node: Call, source: Source, at: int) -> Value:
    function = node.function
    arguments: list[Any] = [_value(argument, source, at) for argument in node.arguments]
    if function.shape == "whole":
        result: float | list[Sample] = function.call(Frame(at, node.arguments), *arguments)
        return result if isinstance(result, float) else unique(result)
    place = function.takes.index("matrix" if function.shape == "range" else "vector")
    every, more = arguments[place], arguments[:place] + arguments[place + 1 :]
    made: list[Sample] = []
    for it in every:
        value = function.call(it if function.shape == "range" else it.value, *more)
        if value is not None:
            made.append(Sample(it.labels if function.keeps_name else bare(it.labels), value, at))
    return unique(made)


def _samples(value: Value) -> list[Sample]:
    """The value as the vector that the types of the expression promise."""
    return value  # type: ignore[return-value]  # the parser refuses all else


_BY_TYPE: dict[type, Callable[[Any, Source, int], Value]] = {
    Number: _literal,
    Text: _literal,
    Selector: _selector,
    Sign: _sign,
    Binary: _binary,
    Aggregate: _aggregate,
    Call: _call,
}
