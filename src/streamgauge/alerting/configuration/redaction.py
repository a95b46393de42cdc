"""The file again, for people who may see everything but its secrets."""

from typing import Any
from urllib.parse import urlsplit

import yaml


def write(tree: dict[str, Any]) -> str:
    """The whole file as YAML, without comments.

    Secrets are names of files and variables there. An address of a webhook shows its host alone:
    whoever knows the rest may post.
    """
    text: str = yaml.safe_dump(_shown(tree), sort_keys=False, allow_unicode=True, width=1_000)
    return text


def _shown(tree: Any) -> Any:
    if isinstance(tree, list):
        return [_shown(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    return {name: _value(name, value) for name, value in tree.items()}


def _value(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return _shown(value)
    if name == "continue":
        # Alertmanager reads no text as a truth value.
        return value.lower() in ("true", "1")
    return _host(value) if name == "url" else value


def _host(address: str) -> str:
    try:
        parts = urlsplit(address)
        here = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
    except ValueError:
        return "<secret>"
    return here if address.rstrip("/") == here else f"{here}/<secret>"
