"""The training data: JSON Lines, checked line by line; what is wrong is named with its place."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from streamgauge.models.feature import Feature, FieldError, check, finite
from streamgauge.settings import InputError


class History(msgspec.Struct, frozen=True):
    """Rows in the file's order, and the hash of the file they came from."""

    rows: list[dict[str, Any]]
    sha256: str


def read(path: Path, features: Sequence[Feature], targets: Sequence[str]) -> History:
    """All rows of a file; each has the features and finite targets of at least 0."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; run: streamgauge generate --out {path}") from None
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    rows = [
        _row(f"{path}:{number}", line, features, targets)
        for number, line in enumerate(raw.splitlines(), start=1)
        if line.strip()
    ]
    if not rows:
        raise InputError(f"{path}: empty; expected one JSON object a line")
    return History(rows, hashlib.sha256(raw).hexdigest())


def _row(
    place: str, line: bytes, features: Sequence[Feature], targets: Sequence[str]
) -> dict[str, Any]:
    try:
        row = json.loads(line.decode("utf-8"), parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise InputError(f"{place}:{error.colno}: not JSON: {error.msg}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{place}:{error.start + 1}: not UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{place}: {error}") from None
    if not isinstance(row, dict):
        raise InputError(f"{place}:1: expected a JSON object")
    try:
        check({feature.name: row[feature.name] for feature in features}, features)
    except KeyError as error:
        raise InputError(f"{place}: {error.args[0]}: missing") from None
    except FieldError as error:
        raise InputError(f"{place}: {error.field}: {error.expected}") from None
    for name in targets:
        if not finite(row.get(name)) or row[name] < 0:
            raise InputError(f"{place}: {name}: expected a finite number of at least 0")
    return row


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant}: expected a finite number")
