"""Where in a TOML text a value stands, for messages that a person can follow."""

import re
from collections.abc import Sequence

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_STEP = re.compile(r"\[(\d+)\]|(\[\.\.\.\]|[^.$\[\]]+)")
_KEY = re.compile(r"""\s*["']?([^"'=\s]+)["']?\s*=""")


def line_of(text: str, steps: Sequence[str | int]) -> int:
    r"""The line (from 1) of the value at a path, or of the nearest table around it.

    >>> line_of("a = 1\n[[b]]\nc = 1\n[[b]]\nc = 2\n", ["b", 1, "c"])
    5
    """
    found, matched = 1, 0
    here: list[str | int] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            if header[1] == "[[":
                seen[header[2]] = seen.get(header[2], -1) + 1
            place = here = _place(header[2], seen)
        elif key := _KEY.match(line):
            place = [*here, *key[1].split(".")]
        else:
            continue
        length = len(place)
        if list(steps[:length]) == place and length > matched:
            found, matched = number, length
    return found


def steps_of(place: str) -> list[str | int]:
    """The path that msgspec writes after a `$`, step by step.

    A name in a table of any names is `[...]`, as msgspec leaves it out.

    >>> steps_of("$.faults[0].share"), steps_of("$.experiments[...].floor"), steps_of("")
    (['faults', 0, 'share'], ['experiments', '[...]', 'floor'], [])
    """
    return [int(number) if number else name for number, name in _STEP.findall(place)]


def _place(header: str, seen: dict[str, int]) -> list[str | int]:
    """The path of a table; within an array of tables it belongs to the last one so far."""
    place: list[str | int] = []
    name = ""
    for part in header.split("."):
        name = f"{name}.{part}" if name else part
        place += [part, seen[name]] if name in seen else [part]
    return place
