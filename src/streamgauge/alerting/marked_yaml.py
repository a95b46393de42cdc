"""YAML whose errors name the line: read into nodes first, into Structs then."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from streamgauge.settings import InputError

T = TypeVar("T")
Step = str | int
# An alias repeats its anchor's nodes: without a limit, ten lines grow into gigabytes.
MAX_NODES = 100_000
_DEEPEST = 100
# libyaml is ten times as fast as Python, and reads tabs as Prometheus' parser does.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# So many nodes in long words; reading more would take minutes.
_MAX_BYTES = 8_000_000

_MERGE = "tag:yaml.org,2002:merge"
_PATH = re.compile(r" - at `\$([^`]*)`$")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
# YAML 1.1 has yes and on too: to us they are texts.
_TRUTH = ("Expected bool, got str", "expected true or false")
_UNREADABLE = re.compile(r"[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# In these nothing is an empty text, as in Go.
_TEXTS = ("labels", "annotations", "exp_labels", "exp_annotations", "external_labels")
# With nothing behind them it is as if they were not there: people leave their places open.
# fmt: off
_OPEN = frozenset((
    *_TEXTS, "groups", "rules", "for", "keep_firing_for", "interval", "limit", "query_offset",
    "rule_files", "evaluation_interval", "group_eval_order", "tests", "input_series",
    "alert_rule_test", "promql_expr_test", "exp_alerts", "exp_samples", "global", "templates",
    "routes", "group_by", "match", "match_re", "matchers", "inhibit_rules", "source_match",
    "source_match_re", "source_matchers", "target_match", "target_match_re", "target_matchers",
    "equal", "time_intervals", "mute_time_intervals", "active_time_intervals",
))
# fmt: on
_UNKNOWN = re.compile(r"unknown field `([^`]+)`")


class MarkedYaml:
    """One YAML document. Scalars are texts until a Struct says what they are."""

    def __init__(self, path: Path) -> None:
        self.path = path
        text = _read(path)
        try:
            self._measure(text)
            # The safe loader builds no objects of Python; here it builds nothing at all.
            node = yaml.compose(text, Loader=_LOADER)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            # What is missing at the end is missing behind the last line.
            line = min(mark.line, text.rstrip().count("\n")) + 1 if mark else 1
            said = ", ".join(filter(None, (error.context, error.problem)))
            raise InputError(f"{path}:{line}: {said}") from None
        except yaml.YAMLError as error:
            raise InputError(f"{path}: {' '.join(str(error).split())}") from None
        if node is None:
            raise InputError(f"{path}: the file is empty")
        self._left = MAX_NODES
        self._lines: dict[tuple[Step, ...], int] = {}
        self.tree = self._build(node, ())

    def error(self, steps: Sequence[Step], message: str) -> InputError:
        """An error at a place in the document."""
        found = tuple(steps)
        while found and found not in self._lines:
            found = found[:-1]
        return InputError(f"{self.path}:{self._lines[found]}: {message}")

    def line(self, steps: Sequence[Step]) -> int:
        """The line, from 1, where something stands."""
        return self._lines[tuple(steps)]

    def rename(self, steps: Sequence[Step], to: Sequence[Step]) -> None:
        """Remember a place under another name too."""
        self._lines[tuple(to)] = self._lines[tuple(steps)]

    def convert(self, kind: type[T]) -> T:
        """The document as a Struct; an unknown key, a wrong type or a missing one is an error."""
        try:
            return msgspec.convert(self.tree, kind, strict=False, dec_hook=_path)
        except msgspec.ValidationError as error:
            text = str(error)
            path = _PATH.search(text)
            steps = self._steps(path[1] if path else "")
            message = _PATH.sub("", text).replace("`", "").replace(*_TRUTH)
            if unknown := _UNKNOWN.search(text):
                steps = (*steps, unknown[1])
                message = f"unknown key {unknown[1]}"
            where = ".".join(str(step) for step in steps) or "document"
            raise self.error(steps, f"{where}: {message}") from None

    def _measure(self, text: str) -> None:
        """Refuse what nests too deeply, or is too long, before anything recursive sees it."""
        depth = 0
        for number, event in enumerate(yaml.parse(text, Loader=_LOADER)):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST or number > 4 * MAX_NODES:
                line = event.start_mark.line + 1 if event.start_mark else 1
                what = "nested too deeply" if depth > _DEEPEST else "too large"
                raise InputError(f"{self.path}:{line}: the document is {what}")

    def _steps(self, path: str) -> tuple[Step, ...]:
        """Resolve msgspec's path; it writes [...] for some key of a mapping."""
        steps: list[Step] = []
        for name, index in _STEP.findall(path):
            if index == "...":
                break
            steps.append(name or int(index))
        return tuple(steps)

    def _build(self, node: yaml.Node, steps: tuple[Step, ...]) -> Any:
        self._lines.setdefault(steps, node.start_mark.line + 1)
        self._left -= 1
        if self._left < 0 or len(steps) > _DEEPEST:
            raise self.error(steps, "the document is too large or contains itself")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, steps)
        if isinstance(node, yaml.SequenceNode):
            return [self._build(item, (*steps, n)) for n, item in enumerate(node.value)]
        return self._mapping(node, steps)

    def _scalar(self, node: yaml.ScalarNode, steps: tuple[Step, ...]) -> str | None:
        text: str = node.value
        if any("\ud800" <= sign <= "\udfff" for sign in text):
            raise self.error(steps, "half a character cannot be told to anybody")
        return None if node.tag.endswith(":null") else text

    def _mapping(self, node: yaml.Node, steps: tuple[Step, ...]) -> dict[str, Any]:
        built: dict[str, Any] = {}
        merged: list[yaml.Node] = []
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self.error(steps, "a key has to be a text")
            if key.tag == _MERGE:
                merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
                continue
            self._lines[(*steps, key.value)] = key.start_mark.line + 1
            if key.value in built:
                raise self.error((*steps, key.value), f"duplicate key {key.value}")
            inner = self._build(value, (*steps, key.value))
            if inner is None and steps and steps[-1] in _TEXTS:
                inner = ""
            built[key.value] = inner
        for other in merged:
            if not isinstance(other, yaml.MappingNode):
                raise self.error(steps, "<<: expected a mapping")
            # What stands here itself, or in an earlier one, is stronger.
            built = self._build(other, steps) | built
        return {
            name: value for name, value in built.items() if value is not None or name not in _OPEN
        }


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
        if len(raw) > _MAX_BYTES:
            raise InputError(f"{path}: more than {_MAX_BYTES // 1_000_000} MB")
        text = raw.decode("utf-8")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}:{line}: not UTF-8 at byte {error.start}") from None
    if found := _UNREADABLE.search(text.removeprefix("\ufeff")):
        line = text.count("\n", 0, found.start()) + 1
        raise InputError(f"{path}:{line}: the character U+{ord(found[0]):04X} cannot stand in YAML")
    return text


def _path(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError(kind)
