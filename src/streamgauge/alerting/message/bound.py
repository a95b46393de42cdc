"""How much a template may hold: what grows is weighed, what goes on and on asks for the time."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from typing import Any

MOST = 10_000_000
_TICK = 1_000
# A number of more bits than a measure, a count or a time has is somebody's attack.
_BITS, _DIGITS = 256, 15
# Filters that go through all of what they are given.
_EACH = frozenset(
    {
        *("groupby", "join", "list", "map", "max", "min", "reject", "rejectattr"),
        *("select", "selectattr", "sort", "sum", "unique"),
    }
)

Tick = Callable[[], object]


class TooMuchError(Exception):
    """A value became larger than any message needs."""


def bound(name: str, work: Callable[..., Any], tick: Tick) -> Callable[..., Any]:
    """A filter that asks `tick` for each thing it looks at, and whose result is weighed."""
    # Jinja2 gives some filters the environment or the context first.
    place = 1 if hasattr(work, "jinja_pass_arg") else 0

    @wraps(work)
    def filtered(*given: Any, **named: Any) -> Any:
        if name in _EACH:
            items = _ticking(given[place], tick)
            if name == "join":
                glue = given[place + 1] if len(given) > place + 1 else named.get("d", "")
                items = iter(_gathered(items, len(str(glue)), tick))
            given = (*given[:place], items, *given[place + 1 :])
        if name == "round":
            _refuse_digits(*given[place + 1 : place + 2], *named.values())
        result = work(*given, **named)
        weigh(result, tick)
        return result

    return filtered


def weigh(value: Any, tick: Tick) -> int:
    """How many characters and parts a value has; TooMuchError if that is too many.

    >>> weigh([["a", "bc"]] * 2, lambda: None)
    9
    """
    weight = seen = 0
    waiting: list[Iterator[Any]] = [iter((value,))]
    while waiting:
        for item in waiting[-1]:
            weight += len(item) if isinstance(item, str) else 1
            if weight > MOST:
                raise TooMuchError(f"a value of more than {MOST} characters and parts")
            seen += 1
            if seen % _TICK == 0:
                tick()
            if isinstance(item, Mapping):
                waiting.append(part for pair in item.items() for part in pair)
                break
            if isinstance(item, list | tuple | set):
                waiting.append(iter(item))
                break
        else:
            waiting.pop()
    return weight


def small(*numbers: float) -> bool:
    """Whether a product of these is a number at once.

    >>> small(2**64, 1.5), small(10**100)
    (True, False)
    """
    return all(isinstance(one, float) or one.bit_length() <= _BITS for one in numbers)


def _ticking(items: Iterable[Any], tick: Tick) -> Iterator[Any]:
    for item in items:
        tick()
        yield item


def _gathered(items: Iterable[Any], glue: int, tick: Tick) -> list[Any]:
    """What is joined, before it is: a long glue between many is as long as both."""
    gathered, size = [], 0
    for item in items:
        size += glue + weigh(item, tick)
        if size > MOST:
            raise TooMuchError(f"a text of more than {MOST} characters")
        gathered.append(item)
    return gathered


def _refuse_digits(*given: Any) -> None:
    if any(isinstance(one, int) and abs(one) > _DIGITS for one in given):
        raise TooMuchError(f"round is for at most {_DIGITS} digits")
