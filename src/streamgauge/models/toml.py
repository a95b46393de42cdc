"""Values as TOML text; the standard library reads TOML but does not write it."""

import json
import re
from collections.abc import Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def dump(tree: Mapping[str, Any]) -> str:
    """A document of tables, arrays of tables, text, numbers and booleans; null is left out.

    >>> print(dump({"name": "m", "gates": [{"limit": 5.0}], "metrics": {"mae": 1.5}}), end="")
    name = "m"
    <BLANKLINE>
    [[gates]]
    limit = 5.0
    <BLANKLINE>
    [metrics]
    mae = 1.5
    """
    return "\n".join(_table(tree, ())) + "\n"


def _table(tree: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    # Plain values first: whatever follows a header belongs to that header.
    lines, below = [], []
    for name, value in tree.items():
        place = (*path, name)
        if isinstance(value, Mapping):
            below += ["", f"[{_dotted(place)}]", *_table(value, place)]
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            for item in value:
                below += ["", f"[[{_dotted(place)}]]", *_table(item, place)]
        elif value is not None:
            lines.append(f"{_key(name)} = {_value(value)}")
    return lines + below


def _dotted(path: tuple[str, ...]) -> str:
    return ".".join(_key(name) for name in path)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _value(name)


def _value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_value(item) for item in value)}]"
    if isinstance(value, bool | str):
        # JSON's text is TOML's basic string, but for the delete character; as UTF-8, for TOML
        # does not know the two escapes that JSON writes for one character beyond 16 bits.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, int | float):
        return repr(value)
    raise TypeError(f"TOML has no {type(value).__name__}")
