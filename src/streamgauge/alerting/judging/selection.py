"""Which series an expression is about: models and services as a whole, unless it names others."""

from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet

from streamgauge.alerting.promql.expression import Expression
from streamgauge.alerting.promql.store import Series, Store
from streamgauge.alerting.promql.tree import Aggregate, Binary, Node, Selector, children

# Labels that say what a series is about as a whole; all others single out a part of it.
WHOLE = frozenset(("model", "version", "service", "stage", "topic"))
WINDOW = "window"

_Order = tuple[tuple[str, str], ...]


def asked_of(labels: Collection[str], *, base: bool) -> frozenset[str]:
    """The labels that a rule has to name before it is about such a series.

    >>> sorted(asked_of(["model", "region"], base=False))
    ['region', 'window']
    """
    asked = frozenset(labels) - WHOLE
    return asked if base else asked | {WINDOW}


class Selection:
    """The series that the selectors of an expression mean, as a source for `evaluate`.

    A selector names a label by a matcher, or where an aggregation or a matching of vectors above
    it keeps the label.
    """

    def __init__(self, expression: Expression, store: Store) -> None:
        self._named = {id(node): names for node, names in _named(expression.tree, frozenset())}
        # The nodes live as long as their ids are used.
        self._expression = expression
        self._store = store
        self._asked: dict[_Order, AbstractSet[str]] = {}

    def means(self, labels: Mapping[str, str], asked: AbstractSet[str]) -> bool:
        """Whether a series with these labels (the name among them) is meant by a selector."""
        return any(
            asked <= self._named[id(selector)] and selector.selects(labels)
            for selector in self._expression.selectors
        )

    def note(self, labels: Mapping[str, str], asked: AbstractSet[str]) -> None:
        """Remember what a series asks for before it is in the store."""
        self._asked[tuple(sorted(item for item in labels.items() if item[1]))] = asked

    def select(self, selector: Selector) -> list[Series]:
        """The series that the selector means, ordered by labels."""
        named = self._named[id(selector)]
        return [
            series
            for series in self._store.select(selector)
            if self._asked.get(series.order, _NONE) <= named
        ]


_NONE: frozenset[str] = frozenset()


def _named(node: Node, above: frozenset[str]) -> Iterator[tuple[Node, frozenset[str]]]:
    """Each selector below with the labels that are named for it."""
    match node:
        case Selector():
            yield node, above | {matcher.label for matcher in node.matchers}
            return
        case Aggregate() if not node.without:
            above = above | frozenset(node.labels)
        case Binary():
            above = above | frozenset(node.matching.include)
            if node.matching.on:
                above = above | frozenset(node.matching.labels)
    for child in children(node):
        yield from _named(child, above)
