"""Rows to ask models with, out of a JSON Lines file."""

from pathlib import Path
from typing import Any

import msgspec

from streamgauge.settings import InputError


def data_rows(path: Path) -> list[dict[str, Any]]:
    """The flat objects of a file; an `InputError` names file, line and column of what is wrong."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise InputError(
            f"{path}: {error.strerror}; make it with: streamgauge generate --out {path}"
        ) from None
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = msgspec.json.decode(line, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InputError(f"{path}:{number}: expected a JSON object: {error}") from None
        for name, value in row.items():
            if isinstance(value, list | dict):
                raise InputError(f"{path}:{number}: {name}: expected a number or text, not a list")
        rows.append(row)
    if not rows:
        raise InputError(f"{path}: no rows; expected JSON Lines")
    return rows
