"""What a detector of river has seen, as plain values that can be written and read."""

from typing import Any

Taken = dict[str, Any]


def take(river: Any) -> Taken:
    """All that a fresh detector of the same parameters needs to go on exactly where this one is.

    river keeps it in private fields: numbers, means, and for ADWIN a struct of Rust that gives out
    and takes back all its numbers as bytes. No pickle is involved.

    >>> from river import drift
    >>> take(drift.PageHinkley())["_x_mean"]
    {'n': 0.0, '_mean': 0.0}
    """
    return {
        name: _plain(value)
        for name, value in vars(river).items()
        if name.startswith("_") and not callable(value)
    }


def put(fresh: Any, taken: Taken) -> None:
    """Let a fresh detector of the same parameters go on from there."""
    held = vars(fresh)
    for name, value in taken.items():
        if isinstance(value, bytes):
            held[name].__setstate__(value)
        elif isinstance(value, dict):
            put(held[name], value)
        else:
            held[name] = value


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, int | float):
        return value
    if hasattr(value, "__setstate__"):
        return value.__getstate__()
    return dict(vars(value))
