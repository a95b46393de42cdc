"""What a regular expression is made of."""

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

Test = Callable[[str], bool]
Edge = Literal["begin", "end", "line begin", "line end", "word edge", "no word edge"]


class One(NamedTuple):
    """One character for which the test holds."""

    test: Test


class Between(NamedTuple):
    """A place between two characters."""

    edge: Edge


class Chain(NamedTuple):
    """One after the other."""

    parts: tuple["Node", ...]


class Choice(NamedTuple):
    """Any of them."""

    parts: tuple["Node", ...]


class Repeat(NamedTuple):
    """At least `least` times, at most `most` times, or any number of times."""

    part: "Node"
    least: int
    most: int | None

    def fits(self, budget: int) -> bool:
        """Whether nested counts multiply to no more than the budget, as RE2 asks."""
        return _fits(self, budget)


Node = One | Between | Chain | Choice | Repeat


def _fits(node: Node, budget: int) -> bool:
    if isinstance(node, Repeat):
        count = node.least if node.most is None else node.most
        if node.most == 0:
            return True
        if count > budget:
            return False
        budget //= max(count, 1)
    return all(_fits(part, budget) for part in _parts(node))


def _parts(node: Node) -> Iterator[Node]:
    if isinstance(node, Chain | Choice):
        yield from node.parts
    elif isinstance(node, Repeat):
        yield node.part
