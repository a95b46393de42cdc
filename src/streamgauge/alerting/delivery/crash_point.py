"""Places at which a proof may end the process as kill -9 would: `STREAMGAUGE_CRASH_AT=name:n`."""

import os
from itertools import count
from typing import Literal, get_args

from streamgauge.settings import InputError

Point = Literal[
    "after_claim",
    "mid_restore",
    "after_poll",
    "after_intent",
    "after_connect",
    "after_send",
    "after_result",
    "after_settle",
    "after_commit",
]
POINTS: tuple[Point, ...] = get_args(Point)
VARIABLE = "STREAMGAUGE_CRASH_AT"
EXIT = 137


def read(text: str) -> tuple[str, int]:
    """A point and at which passing of it.

    >>> read("after_send:3")
    ('after_send', 3)
    """
    name, _, number = text.partition(":")
    if name not in POINTS or not number.isdecimal() or not int(number):
        raise InputError(f"{VARIABLE}={text}: expected one of {', '.join(POINTS)}, a colon and 1..")
    return name, int(number)


_armed = read(os.environ[VARIABLE]) if VARIABLE in os.environ else None
_passings = count(1)


def pass_point(name: Point) -> None:
    """Go on, unless this is the passing at which the process is to end."""
    if _armed is not None and name == _armed[0] and next(_passings) == _armed[1]:
        os._exit(EXIT)
