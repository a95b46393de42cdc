"""Jinja2 in a sandbox that also ends: loops, repetition and output are bounded.

A template reads plain values. It reaches no file but the configuration's templates, no attribute of
an object, no function but a few filters; and it may not take the notifier's time or memory.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2 import BaseLoader, Environment, Template, TemplateNotFound, nodes
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.runtime import LoopContext, StrictUndefined, markup_join
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import htmlsafe_json_dumps
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from streamgauge.alerting.message.bound import bound, small, weigh

MAX_OUTPUT, MAX_SECONDS = 64_000, 0.05
_MAX_RANGE = 10_000
# fmt: off
_FILTERS = frozenset((
    "abs", "capitalize", "default", "d", "dictsort", "e", "escape", "first", "float", "groupby",
    "int", "items", "join", "last", "length", "count", "list", "lower", "max", "min",
    "reverse", "round", "select", "selectattr", "reject", "rejectattr", "map", "sort", "string",
    "sum", "title", "tojson", "trim", "truncate", "unique", "upper", "urlencode", "wordcount",
    "replace",
))
# fmt: on
_METHODS: dict[type, frozenset[str]] = {
    dict: frozenset({"items", "keys", "values", "get"}),
    str: frozenset({"startswith", "endswith", "lower", "upper", "strip", "removeprefix"}),
    LoopContext: frozenset(
        {"index", "index0", "first", "last", "length", "revindex", "depth", "previtem", "nextitem"}
    ),
}


class Labels(dict[str, Any]):
    """What may be absent without being wrong: it is empty, as in Prometheus."""


class TemplateFailure(Exception):  # noqa: N818 -- an outcome, told to people, not a fault
    """A template did not come to an end as it should; the text says why in one line."""


class _TimeIsUp(TemplateFailure):
    pass


class Sandbox(ImmutableSandboxedEnvironment):
    """`files` are texts by name, for include and import; `finish` escapes what is printed."""

    intercepted_binops = frozenset({"*", "**", "%", "+"})

    def __init__(
        self,
        files: Mapping[str, str],
        *,
        html: bool = False,
        finish: Callable[[Any], Any] | None = None,
        # The thread's own time: a busy machine is not the template's fault.
        clock: Callable[[], float] = time.thread_time,
    ) -> None:
        super().__init__(
            autoescape=html,
            loader=_Files(files),
            undefined=StrictUndefined,
            finalize=finish,
            cache_size=100,
            auto_reload=False,
        )
        known = {**self.filters, "replace": _replace, "tojson": _tojson}
        self.filters = {name: bound(name, known[name], self.tick) for name in _FILTERS}
        self.globals = {"range": _range}
        self._clock = clock
        self._deadline = 0.0

    def read(self, source: str, name: str | None = None) -> Template:
        """Compile a text whose loops and macros ask for the time."""
        try:
            tree = _Bound().visit(self.parse(source, name))
            code = self.compile(tree, name)
        except RecursionError:
            raise TemplateSyntaxError("it is nested too deeply", 1, name) from None
        return Template.from_code(self, code, self.make_globals(None))

    def fill(self, template: Template, data: Mapping[str, Any]) -> str:
        """The text; TemplateFailure if it fails, takes too long twice or is too long.

        Once is no proof: a host that takes the processor away from a virtual machine counts that
        as the thread's time, and the first time reads what the template includes.
        """
        try:
            return self._fill(template, data)
        except _TimeIsUp:
            return self._fill(template, data)

    def _fill(self, template: Template, data: Mapping[str, Any]) -> str:
        self._deadline = self._clock() + MAX_SECONDS
        pieces, size = [], 0
        try:
            for piece in template.generate(data):
                size += len(piece)
                self.tick(size)
                pieces.append(piece)
        except TemplateFailure:
            raise
        except (Exception, RecursionError) as error:
            text = " ".join(str(error).split())[:200]
            raise TemplateFailure(f"{type(error).__name__}: {text}") from None
        return "".join(pieces)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`labels.model` is the item: a label named `items` is a label; an absent one is empty."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        if isinstance(obj, Labels) and attribute not in _METHODS[dict]:
            return ""
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """`labels["model"]`, as above."""
        return obj.get(argument, "") if isinstance(obj, Labels) else super().getitem(obj, argument)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Only a few methods of plain values."""
        return any(isinstance(obj, kind) and attr in names for kind, names in _METHODS.items())

    def wrap_str_format(self, value: Any) -> None:
        """No `.format`: a width of nine digits is a text of as many characters."""

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic with numbers; texts are joined by `~`."""
        if not all(isinstance(side, int | float) for side in (left, right)):
            raise SecurityError(f"{operator} is for numbers")
        if operator == "**" and (abs(left) > 1e6 or abs(right) > 16):
            raise SecurityError("** is for small numbers")
        if not small(left, right):
            raise SecurityError(f"{operator} is for small numbers")
        return super().call_binop(context, operator, left, right)

    def tick(self, size: int = 0) -> str:
        """TemplateFailure if the time is over, or a text too long."""
        if size > MAX_OUTPUT:
            raise TemplateFailure(f"a text of more than {MAX_OUTPUT} characters")
        if self._clock() > self._deadline:
            raise _TimeIsUp(f"it took longer than {MAX_SECONDS * 1000:.0f} ms")
        return ""

    def join(self, *parts: Any) -> str:
        """What `~` does, within bounds."""
        self.tick(sum(len(part) for part in parts if isinstance(part, str)))
        return markup_join(parts)

    def hold(self, value: Any) -> Any:
        """A list, tuple or dictionary that a template makes."""
        weigh(value, self.tick)
        return value

    def concat(self, parts: Iterable[str]) -> str:
        """What a macro or a block says, within bounds."""
        said, size = [], 0
        for part in parts:
            size += len(part)
            self.tick(size)
            said.append(part)
        return "".join(said)


class _Files(BaseLoader):
    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def load(self, environment: Environment, name: str, globals: Any = None) -> Template:  # noqa: A002 -- Jinja2's name
        if name not in self._files or not isinstance(environment, Sandbox):
            raise TemplateNotFound(name)
        return environment.read(self._files[name], name)


class _Bound(NodeTransformer):
    """Lets all that can come again ask whether there is time left, and bounds what grows.

    They ask the environment itself, which no name that a template sets can hide.
    """

    def visit_For(self, node: Any) -> Any:  # noqa: N802 -- Jinja2's names
        self.generic_visit(node)
        asked = nodes.ExprStmt(_call("tick", [], node.lineno), lineno=node.lineno)
        node.body.insert(0, asked)
        return node

    visit_Macro = visit_CallBlock = visit_Block = visit_Template = visit_For  # noqa: N815 -- as above

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 -- as above
        self.generic_visit(node)
        return _call("join", node.nodes, node.lineno)

    def visit_List(self, node: Any) -> Any:  # noqa: N802 -- as above
        self.generic_visit(node)
        stored = getattr(node, "ctx", "load") != "load"
        return node if stored else _call("hold", [node], node.lineno)

    visit_Tuple = visit_Dict = visit_List  # noqa: N815 -- as above


def _call(method: str, parts: list[nodes.Expr], line: int) -> nodes.Call:
    name = nodes.EnvironmentAttribute(method, lineno=line)
    return nodes.Call(name, parts, [], None, None, lineno=line)


def _replace(text: str, old: str, new: str) -> str:
    if len(text) + text.count(old) * len(new) > MAX_OUTPUT:
        raise TemplateFailure(f"a text of more than {MAX_OUTPUT} characters")
    return text.replace(old, new)


def _tojson(value: Any) -> Markup:
    """JSON without an indent: that would be as wide as the template likes."""
    return htmlsafe_json_dumps(value)


def _range(*bounds: int) -> range:
    wanted = range(*bounds)
    if len(wanted) > _MAX_RANGE:
        raise TemplateFailure(f"a range of more than {_MAX_RANGE}")
    return wanted
