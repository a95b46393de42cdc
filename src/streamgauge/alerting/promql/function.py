"""What a function of PromQL is: its arguments, its result, and how it is computed."""

import re
from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec

Kind = Literal["scalar", "vector", "matrix", "string"]
# As many as any function takes.
STRINGS: tuple[Kind, ...] = ("string",) * 4


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """A function of PromQL.

    `call` takes what its `shape` says, then the remaining arguments, and gives

    - "range": a Window → the value of that series, or None for none
    - "value": a value of an element → its new value, or None for none
    - "whole": a Frame and all arguments → the result itself

    Functions of the first two shapes look at one series at a time, and drop the metric's name
    unless `keeps_name`; so do those of the third that are `single`. How many arguments there may
    be is the parser's matter. `check` gets the texts among the arguments when the expression is
    read, and raises a ValueError if they cannot be right.
    """

    name: str
    takes: tuple[Kind, ...]
    call: Callable[..., Any]
    shape: Literal["range", "value", "whole"]
    returns: Kind = "vector"
    keeps_name: bool = False
    single: bool = False
    check: Callable[[Sequence[str]], None] | None = None


class Frame(msgspec.Struct, frozen=True):
    """Where a function of the shape "whole" is called: the time, and its arguments as nodes."""

    at: int
    nodes: tuple[Any, ...]


def of_range(
    name: str,
    call: Callable[..., float | None],
    *scalars: Kind,
    first: int = 0,
    keeps_name: bool = False,
) -> Function:
    """A function of a range vector; `first` is the place of the range among the arguments."""
    takes = (*scalars[:first], "matrix", *scalars[first:])
    return Function(name=name, takes=tuple(takes), call=call, shape="range", keeps_name=keeps_name)


def of_value(name: str, call: Callable[..., float | None], *scalars: Kind) -> Function:
    """A function of each element of an instant vector."""
    return Function(name=name, takes=("vector", *scalars), call=call, shape="value")


def of_whole(
    name: str,
    call: Callable[..., Any],
    *takes: Kind,
    returns: Kind = "vector",
    single: bool = False,
    check: Callable[[Sequence[str]], None] | None = None,
) -> Function:
    """A function that needs all series at once, or something that is no series."""
    return Function(
        name=name,
        takes=takes,
        call=call,
        shape="whole",
        returns=returns,
        single=single,
        check=check,
    )


def check_label(function: str, name: str) -> None:
    """ValueError if no label can be called so."""
    if not re.fullmatch(r"[a-zA-Z_]\w*", name, re.ASCII):
        raise ValueError(f"invalid label name {name!r} in call to function '{function}'")
