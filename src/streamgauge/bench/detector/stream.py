"""A stream whose changes are known, as a detector is given it."""

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from streamgauge.metrics.column import Floats

# What one value is: an error or not, a number, or a row of features.
Kind = Literal["rate", "number", "table"]
# Events of one window, of what a detector sees at a time.
WINDOW = 50
REFERENCE = 10_000


class Stream(NamedTuple):
    """What comes, where it truly changes, and what it was like before it began.

    `values` and `reference` have shape (events,); those of a table (events, features). `changes`
    are places of the first events that are different; an alarm up to `horizon` events after one
    has found it, any other is false. `moved` is the feature that changes. A stream with a cycle
    repeats itself each `cycle` events, and so does its reference.
    """

    name: str
    kind: Kind
    values: Floats
    reference: Floats
    changes: tuple[int, ...] = ()
    horizon: int = 0
    moved: int | None = None
    cycle: int = 0


class Alarm(NamedTuple):
    """A detector spoke when it had seen `at` events, and named this feature first."""

    at: int
    feature: int | None = None


Watch = Callable[[Stream], Iterator[Alarm]]


class Candidate(NamedTuple):
    """A detector as it is scored: the kinds of streams it is made for, and how it watches one.

    After an alarm it starts anew, as if somebody had seen to it. It sees a `part` of all events,
    where it takes long.
    """

    name: str
    kinds: frozenset[Kind]
    watch: Watch
    part: float = 1.0
