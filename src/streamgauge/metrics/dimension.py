"""By what predictions and labels are counted besides their models: a field, or a dimension."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import Protocol

# Dimensions that events have a field for. It holds, whatever their `dimensions` say.
FIELDS = frozenset({"endpoint", "experiment", "arm"})
_DIMENSIONS = attrgetter("dimensions")


class Dimensioned(Protocol):
    """A prediction or a label."""

    @property
    def dimensions(self) -> Mapping[str, str]: ...

    @property
    def endpoint(self) -> str | None: ...

    @property
    def experiment(self) -> str | None: ...

    @property
    def arm(self) -> str | None: ...


def valued(
    events: Sequence[Dimensioned], names: Sequence[str]
) -> Iterator[tuple[str, list[str | None]]]:
    """The value that each event has of each dimension; of those that any event has.

    >>> from streamgauge.contracts.prediction import Prediction
    >>> event = Prediction(id="p", ts=1, model="m", version="1", arm="b", dimensions={"tier": "x"})
    >>> dict(valued([event], ("arm", "tier", "region")))
    {'arm': ['b'], 'tier': ['x']}
    """
    held = list(map(_DIMENSIONS, events))
    present = set(chain.from_iterable(held))
    for name in names:
        if name in FIELDS:
            values: list[str | None] = list(map(attrgetter(name), events))
            if values.count(None) < len(values):
                yield name, values
        elif name in present:
            yield name, [one.get(name) for one in held]
