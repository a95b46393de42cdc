"""Rule files as YAML in one form: the order of keys, durations, and how texts are quoted. Pure."""

from collections.abc import Mapping
from typing import Any

import yaml

from streamgauge.alerting import duration

_GROUP = ("name", "interval", "query_offset", "limit", "labels", "rules")
_RULE = ("record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations")
_DURATIONS = {"interval", "query_offset", "for", "keep_firing_for"}
_NUMBERS = {"limit"}


class _Dumper(yaml.SafeDumper):
    """Lists are indented, texts of several lines stand as such, and nothing is an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything out: people read this."""
        del data
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists below their key too, as all examples of Prometheus do."""
        del indentless
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    if style is None and ("{{" in text or ": " in text):
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def write(tree: Mapping[str, Any], heading: str = "") -> str:
    """A rule file's tree as YAML; what it says is the same, comments are not kept.

    >>> print(write({"groups": [{"rules": [{"for": "300s", "expr": "a > 1", "alert": "A"}],
    ...     "name": "g"}]}), end="")
    groups:
      - name: g
        rules:
          - alert: A
            expr: a > 1
            for: 5m
    """
    groups = [
        _ordered(group, _GROUP) | {"rules": [_ordered(rule, _RULE) for rule in _rules(group)]}
        for group in tree["groups"]
    ]
    text = yaml.dump(
        {"groups": groups},
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=1_000_000,
    )
    return "".join(f"# {line}\n" for line in heading.splitlines()) + text


def _rules(group: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return group.get("rules") or []


def _ordered(entry: Mapping[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    return {name: _value(name, entry[name]) for name in order if entry.get(name) is not None}


def _value(name: str, value: Any) -> Any:
    if name in _DURATIONS:
        length = duration.milliseconds(value)
        shown = duration.show(length)
        return shown if duration.milliseconds(shown) == length else value
    if name in _NUMBERS:
        return int(value)
    if name == "expr":
        lines = [line.rstrip() for line in value.strip().splitlines()]
        return "\n".join(lines) + "\n" if len(lines) > 1 else lines[0]
    return value
