"""The condition of a rule, taken apart so that a value is known also where it is not met."""

import math
from collections.abc import Mapping

import msgspec

from streamgauge.alerting.promql.arithmetic import COMPARISON, FLIPPED
from streamgauge.alerting.promql.evaluate import evaluate
from streamgauge.alerting.promql.expression import Expression
from streamgauge.alerting.promql.store import Source
from streamgauge.alerting.promql.tree import Binary, Node, Number, Selector


class Met(msgspec.Struct, frozen=True, gc=False):
    """What a condition says of one set of labels."""

    labels: Mapping[str, str]
    value: float
    met: bool


class Condition:
    """An expression; `op` and `threshold` are set where it compares something with a number.

    `is_plain` says that the something is a measure as it is. One that `remembers` looks back.

    >>> from streamgauge.alerting.promql.parse import parse
    >>> condition = Condition(parse("0.05 < errors"))
    >>> condition.is_plain, condition.op, condition.holds(0.06)
    (True, '>', True)
    """

    def __init__(self, expression: Expression) -> None:
        self.op, side, self.threshold = _taken_apart(expression.tree)
        self._subject = expression if side is None else Expression(f"({expression.text}).", side)
        self._compare = COMPARISON.get(self.op)
        subject = self._subject.tree
        self.is_plain = (
            self._compare is not None
            and isinstance(subject, Selector)
            and not (subject.range or subject.offset)
        )
        self.remembers = any(it.range or it.offset for it in expression.selectors)

    def holds(self, value: float) -> bool:
        """Whether a value of what is compared meets it; NaN meets nothing but `!=`."""
        return self._compare is None or self._compare(value, self.threshold)

    def judge(self, source: Source, at: int) -> list[Met]:
        """Every result at a time in ms, and whether it meets; EvaluationError says why not."""
        found = evaluate(self._subject, source, at)
        return [Met(it.labels, it.value, self.holds(it.value)) for it in found]

    def further(self, left: float | None, right: float) -> float | None:
        """Which of two values is further beyond the threshold; NaN never is."""
        if math.isnan(right):
            return left
        if left is None or math.isnan(left):
            return right
        return min(left, right) if self.op in ("<", "<=") else max(left, right)


def _taken_apart(tree: Node) -> tuple[str, Node | None, float]:
    """Operator, what it compares, and the number; ("", None, 0.0) for all else."""
    if isinstance(tree, Binary) and tree.op in COMPARISON and not tree.holds:
        if isinstance(tree.right, Number) and tree.left.kind == "vector":
            return tree.op, tree.left, tree.right.value
        if isinstance(tree.left, Number) and tree.right.kind == "vector":
            return FLIPPED[tree.op], tree.right, tree.left.value
    return "", None, 0.0
