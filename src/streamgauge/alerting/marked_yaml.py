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

_MERGE = "tag:yaml.org,2002:merge"
_PATH = re.compile(r" - at `\$([^`]*)`$")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
# YAML 1.1 has yes and on too: to us they are texts.
_TRUTH = ("Expected bool, got str", "expected true or false")
_UNKNOWN = re.compile(r"unknown field `([^`]+)`")


class MarkedYaml:
    """One YAML document. Scalars are texts until a Struct says what they are."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            # The safe loader builds no objects of Python; here it builds nothing at all.
            node = yaml.compose(path.read_text("utf-8"), Loader=yaml.SafeLoader)
        except OSError as error:
            raise InputError(f"{path}: {error.strerror}") from None
        except UnicodeDecodeError as error:
            raise InputError(f"{path}: not UTF-8 at byte {error.start}") from None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            raise InputError(f"{path}:{line}: {error.problem or error.context}") from None
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
        if self._left < 0 or len(steps) > 100:
            raise self.error(steps, "the document is too large or contains itself")
        if isinstance(node, yaml.ScalarNode):
            return None if node.tag.endswith(":null") else node.value
        if isinstance(node, yaml.SequenceNode):
            return [self._build(item, (*steps, n)) for n, item in enumerate(node.value)]
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
            built[key.value] = self._build(value, (*steps, key.value))
        for other in merged:
            if not isinstance(other, yaml.MappingNode):
                raise self.error(steps, "<<: expected a mapping")
            # What stands here itself, or in an earlier one, is stronger.
            built = self._build(other, steps) | built
        return built


def _path(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError(kind)
