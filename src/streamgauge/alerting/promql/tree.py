"""Expressions as trees: what a parsed expression is made of."""

from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from streamgauge.alerting.matcher import Matcher, match_all
from streamgauge.alerting.promql.aggregation import Aggregation
from streamgauge.alerting.promql.function import Function, Kind
from streamgauge.alerting.promql.vector import NAME


class Number(msgspec.Struct, frozen=True):
    """A number."""

    value: float

    @property
    def kind(self) -> Kind:
        """What it evaluates to."""
        return "scalar"


class Text(msgspec.Struct, frozen=True):
    """A string."""

    value: str

    @property
    def kind(self) -> Kind:
        """What it evaluates to."""
        return "string"


class Selector(msgspec.Struct, frozen=True):
    """Series by name and matchers; `range` > 0 makes it a range vector. Milliseconds.

    `name` is empty unless it has to be equal to something; `key` stands for name and matchers.
    """

    name: str
    matchers: tuple[Matcher, ...]
    range: int
    offset: int
    key: str

    @property
    def kind(self) -> Kind:
        """What it evaluates to."""
        return "matrix" if self.range else "vector"

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Whether a series with these labels (the name among them) is meant."""
        return (not self.name or labels.get(NAME) == self.name) and match_all(self.matchers, labels)


class Sign(msgspec.Struct, frozen=True):
    """The operand with its sign turned."""

    operand: "Node"

    @property
    def kind(self) -> Kind:
        """What it evaluates to."""
        return self.operand.kind


class Matching(msgspec.Struct, frozen=True):
    """Which elements of two vectors meet; `many` is the side that may have several."""

    labels: tuple[str, ...] = ()
    on: bool = False
    many: Literal["", "left", "right"] = ""
    include: tuple[str, ...] = ()


class Binary(msgspec.Struct, frozen=True):
    """Two operands; `holds` turns a comparison into 0 or 1 (the modifier bool)."""

    op: str
    left: "Node"
    right: "Node"
    holds: bool
    matching: Matching

    @property
    def kind(self) -> Kind:
        """What it evaluates to."""
        return "scalar" if self.left.kind == self.right.kind == "scalar" else "vector"


class Aggregate(msgspec.Struct, frozen=True):
    """An aggregation by labels, or without them."""

    aggregation: Aggregation
    operand: "Node"
    parameter: "Node | None"
    labels: tuple[str, ...]
    without: bool

    @property
    def kind(self) -> Kind:
        """What it evaluates to."""
        return "vector"


class Call(msgspec.Struct, frozen=True):
    """A function with its arguments."""

    function: Function
    arguments: tuple["Node", ...]

    @property
    def kind(self) -> Kind:
        """What it evaluates to."""
        return self.function.returns


Node = Number | Text | Selector | Sign | Binary | Aggregate | Call


def children(node: Node) -> tuple[Node, ...]:
    """The nodes right below, from left to right."""
    match node:
        case Sign():
            return (node.operand,)
        case Binary():
            return (node.left, node.right)
        case Aggregate():
            below: tuple[Node, ...] = (node.operand,)
            return below if node.parameter is None else (node.parameter, *below)
        case Call():
            return node.arguments
        case _:
            return ()


def depth(node: Node) -> int:
    """How many levels there are."""
    return 1 + max(map(depth, children(node)), default=0)


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, from left to right."""
    yield node
    for child in children(node):
        yield from walk(child)
