"""An expression that has been read, and what a judge asks about it before it evaluates it."""

from functools import cached_property

from streamgauge.alerting.promql.arithmetic import SETS
from streamgauge.alerting.promql.tree import (
    Aggregate,
    Binary,
    Call,
    Node,
    Selector,
    walk,
)

# How far an instant selector looks back, in ms.
LOOKBACK = 300_000


class Expression:
    """An expression; equal to another with the same text."""

    def __init__(self, text: str, tree: Node) -> None:
        self.text = text
        self.tree = tree

    @cached_property
    def selectors(self) -> tuple[Selector, ...]:
        """What it reads, from left to right."""
        return tuple(node for node in walk(self.tree) if isinstance(node, Selector))

    @cached_property
    def reach(self) -> int:
        """How far it looks back, in ms: ranges or the lookback, with offsets."""
        return max((0, *(it.offset + (it.range or LOOKBACK) for it in self.selectors)))

    @cached_property
    def pointwise(self) -> bool:
        """Whether each series that it reads gives at most one result, by itself alone."""
        return (
            len(self.selectors) == 1
            and bool(self.selectors[0].name)
            and not any(map(_joins, walk(self.tree)))
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


def _joins(node: Node) -> bool:
    """Whether the node looks at more than one series, or makes a result of none."""
    match node:
        case Aggregate():
            return True
        case Binary():
            return node.op in SETS or node.left.kind == node.right.kind == "vector"
        case Call():
            return node.function.shape == "whole" and not node.function.single
        case _:
            return False
