"""A batch of usage, feedback or other events that are few: their times, and the events."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from streamgauge.metrics.column import Ints, Names

# The labels of their series; one without an experiment has neither.
LABELS = ("experiment", "arm")
Arm = tuple[str, str]


class HasEvents(Protocol):
    """Any batch that keeps its events."""

    @property
    def events(self) -> Sequence[Any]: ...


class EventColumns:
    """One entry an event; `series` is the experiment and the arm of each, empty without one."""

    def __init__(self, events: Sequence[Any]) -> None:
        self.events = events
        self.ts: Ints = np.array([event.ts for event in events], np.int64)
        self.series: list[Arm] = [(event.experiment or "", event.arm or "") for event in events]

    def __len__(self) -> int:
        return len(self.ts)

    def names(self, field: str) -> Names:
        """A field of each event that is a name, or None."""
        return [getattr(event, field) for event in self.events]


def event_columns(events: Sequence[Any]) -> EventColumns:
    """Turn events into columns.

    >>> from streamgauge.contracts.usage import Usage
    >>> event = Usage(id="u", ts=1_700_000_000_000, session="s", event="scan_started", arm="b")
    >>> event_columns([event]).series
    [('', 'b')]
    """
    return EventColumns(events)


def labels(series: Arm) -> dict[str, str]:
    """The labels of a series, those that it has.

    >>> labels(("colour", "control"))
    {'experiment': 'colour', 'arm': 'control'}
    """
    return {name: value for name, value in zip(LABELS, series, strict=True) if value}
