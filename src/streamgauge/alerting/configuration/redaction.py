"""The file again, for people who may see everything but its secrets."""

import re
from typing import Any
from urllib.parse import urlsplit

import yaml

_ADDRESSES = ("url", "urls")
# A login without a password is a token, too.
_LOGIN = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*://)[^/\s]+@")


def write(tree: dict[str, Any]) -> str:
    """The whole file as YAML, without comments.

    Secrets are names of files and variables there. An address of a webhook or a peer shows its host
    alone: whoever knows the rest may post. No address anywhere shows a login.
    """
    text: str = yaml.safe_dump(_shown(tree), sort_keys=False, allow_unicode=True, width=1_000)
    return text


def _shown(tree: Any, name: str = "") -> Any:
    if isinstance(tree, list):
        return [_shown(item, name) for item in tree]
    if isinstance(tree, dict):
        return {key: _shown(value, key) for key, value in tree.items()}
    return _text(name, tree) if isinstance(tree, str) else tree


def _text(name: str, value: str) -> str | bool:
    if name == "continue":
        # Alertmanager reads no text as a truth value.
        return value.lower() in ("true", "1")
    return _host(value) if name in _ADDRESSES else _LOGIN.sub(r"\1<secret>@", value)


def _host(address: str) -> str:
    try:
        parts = urlsplit(address)
        here = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
    except ValueError:
        return "<secret>"
    return here if address.rstrip("/") == here else f"{here}/<secret>"
