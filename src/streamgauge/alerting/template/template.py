"""The texts of rules: `{{ $labels.model }}`, `{{ $value | humanize }}` and what else is pure.

The language is Go's text/template as Prometheus' rule files use it, without queries and loops.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from streamgauge.alerting.template.function import FUNCTIONS, Value, holds, shown
from streamgauge.alerting.template.parser import Action, Branch, Call, Node, Place, Term, parse

# What a text that cannot be filled in says of itself.
NOTE = "template failed"


class External(msgspec.Struct, frozen=True):
    """What texts may say of the place they come from: `$externalLabels` and `$externalURL`."""

    labels: Mapping[str, str] = {}
    url: str = ""


NOWHERE = External()


class _Scene(msgspec.Struct, frozen=True):
    """What a text is about: the value of `.` is what `with` has made it."""

    labels: Mapping[str, str]
    value: float
    external: External
    dot: Value | None = None


_Fill = Callable[[_Scene], str]
_Read = Callable[[_Scene], Value]


class Template:
    """A text that was read once and can be filled often.

    >>> text = Template("{{ $labels.model }}: {{ $value | humanizePercentage }}")
    >>> text.render({"model": "m"}, 0.081)
    'm: 8.1%'
    """

    def __init__(self, text: str) -> None:
        """ValueError names what is not supported."""
        self.text = text
        nodes = parse(text) if "{{" in text else (text,)
        plain = [node for node in nodes if isinstance(node, str)]
        self._fixed = "".join(plain) if len(plain) == len(nodes) else None
        self.uses_value = _uses_value(nodes)
        self._fill = _sequence(nodes)

    def render(self, labels: Mapping[str, str], value: float, external: External = NOWHERE) -> str:
        """Fill the places; an absent label is empty. Never raises: the raw text comes with a note.

        >>> Template("{{ $labels.port | humanize }}").render({"port": "x"}, 1.0)
        "{{ $labels.port | humanize }} (template failed: could not convert string to float: 'x')"
        """
        if self._fixed is not None:
            return self._fixed
        try:
            return self._fill(_Scene(labels, value, external))
        except (ValueError, TypeError, ArithmeticError, LookupError) as error:
            return f"{self.text} ({NOTE}: {error})"


def check(text: str) -> None:
    """ValueError names the first thing that is not supported, or that can never be shown."""
    template = Template(text)
    said = template.render({}, 0.0)
    # A label that is absent here may well be a number there.
    if said.endswith(")") and f"({NOTE}: printf:" in said:
        raise ValueError(said.rpartition(f"({NOTE}: ")[2][:-1] + " is not supported")


def _uses_value(nodes: Sequence[Node]) -> bool:
    def asks(term: Term) -> bool:
        if isinstance(term, Call):
            return any(map(asks, term.arguments))
        return isinstance(term, Place) and term.source == "value"

    return any(
        asks(node.term)
        if isinstance(node, Action)
        else isinstance(node, Branch)
        and (asks(node.condition) or _uses_value(node.then) or _uses_value(node.otherwise))
        for node in nodes
    )


def _sequence(nodes: Sequence[Node]) -> _Fill:
    fills = [_node(node) for node in nodes]
    return lambda scene: "".join([fill(scene) for fill in fills])


def _node(node: Node) -> _Fill:
    if isinstance(node, str):
        return lambda _scene: node
    if isinstance(node, Action):
        read = _term(node.term)
        return lambda scene: shown(read(scene))
    condition, then, otherwise = _term(node.condition), _sequence(node.then), node.otherwise
    other, rebinds = _sequence(otherwise), node.rebinds

    def fill(scene: _Scene) -> str:
        found = condition(scene)
        if not holds(found):
            return other(scene)
        return then(msgspec.structs.replace(scene, dot=found) if rebinds else scene)

    return fill


def _term(term: Term) -> _Read:
    if isinstance(term, Place):
        return _place(term)
    if isinstance(term, Call):
        function = FUNCTIONS[term.function]
        arguments = [_term(argument) for argument in term.arguments]
        return lambda scene: function(*[read(scene) for read in arguments])
    return lambda _scene: term


def _place(place: Place) -> _Read:
    name = place.field
    if place.source == "value":
        return lambda scene: scene.value
    if place.source == "labels":
        return lambda scene: scene.labels.get(name, "") if name else scene.labels
    if place.source == "url":
        return lambda scene: scene.external.url
    if place.source == "external":
        return lambda scene: scene.external.labels.get(name, "") if name else scene.external.labels
    return _dot


def _dot(scene: _Scene) -> Value:
    if scene.dot is None:
        raise ValueError("the dot stands for something inside of with only")
    return scene.dot
