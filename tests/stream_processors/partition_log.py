"""A partition's log as `measure` would write it, and what a fold of it says."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from tests.metrics.event import MINUTE, T0

from streamgauge.contracts import codec
from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.measure import Measure
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.summary import Summary as ClosedWindow
from streamgauge.metrics.open_window import OpenWindows
from streamgauge.metrics.window import Widths
from streamgauge.stream_processors import state_record
from streamgauge.stream_processors.fold_state import StateFold
from streamgauge.stream_processors.source import SOURCES
from streamgauge.stream_processors.state_record import StateRecord

WIDTHS = Widths(MINUTE, delay=MINUTE // 2, lateness=10 * MINUTE)
STALL_S = 30.0
Published = list[Measure | ClosedWindow]


class Log:
    """One partition as `measure` keeps it: events in, the records of its state log out."""

    def __init__(self, partition: int = 0, topic: str = "predictions") -> None:
        self._partition = partition
        self._source = SOURCES[topic]
        self._known: dict[str, int] = {}
        self._since = 0
        self.opened: OpenWindows[Any] = OpenWindows(WIDTHS)

    def add(self, events: Sequence[Prediction | Heartbeat], idle: int = 0) -> StateRecord:
        """Count events, move the watermark to `idle` if that is further, write the record."""
        opened = self.opened
        offsets = np.arange(opened.next, opened.next + len(events))
        self._source.add(opened, events, offsets)
        opened.next += len(events)
        opened.advance(idle)
        for event in events:
            if isinstance(event, Heartbeat):
                self._known[event.service] = max(self._known.get(event.service, 0), event.ts)
        record = StateRecord(
            partition=self._partition,
            owner="one",
            since=self._since,
            first=opened.first_offset,
            next=opened.next,
            watermark=opened.watermark,
            accepted=opened.next,
            rejected=0,
            late=opened.late,
            windows=[self._source.write(start, window) for start, window in opened.changed()],
            known=dict(self._known),
        )
        opened.written()
        self._since = opened.next
        # Through bytes, as all records go.
        return state_record.decode(state_record.encode(record))


def fold_of(partitions: int = 1, topic: str = "predictions") -> StateFold:
    return StateFold(topic, partitions, WIDTHS, STALL_S, now=0.0)


def measures(published: Published) -> list[Measure]:
    return [one for one in published if isinstance(one, Measure)]


def closed(published: Published) -> list[ClosedWindow]:
    return [one for one in published if isinstance(one, ClosedWindow)]


def finals(published: Published) -> dict[tuple[int, str], bytes]:
    """The last final measure of each window and series, as its bytes."""
    return {
        (one.start, str(one.labels)): codec.encode(one) for one in measures(published) if one.final
    }


def end(minutes: int) -> int:
    return T0 + minutes * MINUTE
