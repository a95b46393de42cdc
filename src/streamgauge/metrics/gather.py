"""Reads one field of all events of a batch into an array: the one place that sees them one by one.

In C where the kernel was built (`_kernel.c`), else in Python, with the same results.
"""

from collections.abc import Sequence
from operator import attrgetter
from types import ModuleType
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def _load() -> ModuleType | None:
    try:
        from streamgauge.metrics import _kernel
    except ImportError:
        # A platform without a C compiler: everything works, at half the speed.
        return None
    return _kernel


kernel = _load()


def _member(events: list[Any], field: str) -> Any:
    return getattr(type(events[0]), field)


def floats(events: list[Any], field: str) -> Floats | None:
    """A field of numbers, NaN where it is None; None where an event carries something else."""
    if kernel is not None and events:
        out = np.empty(len(events), np.float64)
        return out if kernel.floats(events, _member(events, field), out) else None
    values = [getattr(event, field) for event in events]
    if not set(map(type, values)) <= {float, type(None)}:
        return None
    return np.array(values, np.float64)


def ints(events: list[Any], field: str) -> Ints:
    """A field of integers that every event carries."""
    if kernel is not None and events:
        out = np.empty(len(events), np.int64)
        if kernel.ints(events, _member(events, field), out):
            return out
    return np.fromiter(map(attrgetter(field), events), np.int64, len(events))


def flags(events: list[Any], field: str) -> Ints:
    """A field that says yes (1), no (0) or nothing (-1)."""
    if kernel is not None and events:
        out = np.empty(len(events), np.int64)
        if kernel.flags(events, _member(events, field), out):
            return out
    code = {None: -1, False: 0, True: 1}
    return np.array([code[getattr(event, field)] for event in events], np.int64)


def others(events: list[Any], field: str, value: object) -> list[int]:
    """The places of the events whose field is another object than this one."""
    if kernel is not None and events:
        return list(kernel.others(events, _member(events, field), value))
    return [place for place, event in enumerate(events) if getattr(event, field) is not value]


def pairs(events: list[Any], first: str, second: str) -> tuple[Ints, list[tuple[str, str]]]:
    """Which of the different pairs of two fields each event has, and the pairs as they came."""
    if kernel is not None and events:
        out = np.empty(len(events), np.int64)
        members = _member(events, first), _member(events, second)
        return out, kernel.pairs(events, *members, out)
    known: dict[tuple[str, str], int] = {}
    of = map(attrgetter(first, second), events)
    codes = [known.setdefault(pair, len(known)) for pair in of]
    return np.array(codes, np.int64), list(known)


def entries(
    events: list[Any], field: str, name: str | None = None
) -> tuple[Ints, list[str | None]]:
    """Which of its different values a field has in each event, and the values as they came.

    With `name`, those of a field that is a dictionary: None for the events without such an entry.
    """
    if kernel is not None and events:
        out = np.empty(len(events), np.int64)
        return out, kernel.entries(events, _member(events, field), name, out)
    held = map(attrgetter(field), events)
    return codes(list(held) if name is None else [one.get(name) for one in held])


def codes(values: Sequence[str | None]) -> tuple[Ints, list[str | None]]:
    """Which of the different values each one is, and the values in the order they came.

    >>> codes(["eu", None, "eu"])
    (array([0, 1, 0]), ['eu', None])
    """
    known = {value: number for number, value in enumerate(dict.fromkeys(values))}
    of = np.fromiter(map(known.__getitem__, values), np.int64, len(values))
    return of, list(known)


def ranks(events: list[Any], field: str) -> Ints:
    """The CRC-32 of a field of text."""
    if kernel is not None and events:
        out = np.empty(len(events), np.int64)
        kernel.ranks(events, _member(events, field), out)
        return out
    texts = map(str.encode, map(attrgetter(field), events))
    return np.fromiter(map(crc32, texts), np.int64, len(events))


def layouts(features: list[dict[str, Any]]) -> tuple[Ints, list[tuple[str, ...]]]:
    """Which of the different sequences of names each dictionary has, and these as they came.

    >>> layouts([{"a": 1, "b": 2}, {"b": 3, "a": 4}, {"a": 5, "b": 6}])
    (array([0, 1, 0]), [('a', 'b'), ('b', 'a')])
    """
    if kernel is not None:
        out = np.empty(len(features), np.int64)
        return out, kernel.layouts(features, out)
    known: dict[tuple[str, ...], int] = {}
    codes = [known.setdefault(names, len(known)) for names in map(tuple, features)]
    return np.array(codes, np.int64), list(known)
