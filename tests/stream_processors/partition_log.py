"""A partition's log as `measure` writes it, and what a fold of it says."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from tests.metrics.event import MINUTE, T0

from streamgauge.contracts import codec
from streamgauge.contracts.event import Event
from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.measure import Measure
from streamgauge.contracts.summary import Summary as ClosedWindow
from streamgauge.metrics.label import Label
from streamgauge.metrics.schema import Grids
from streamgauge.metrics.window import Widths
from streamgauge.settings import Settings, Window
from streamgauge.stream_processors import log_record
from streamgauge.stream_processors.fold_state import StateFold
from streamgauge.stream_processors.held import Held
from streamgauge.stream_processors.kept import Kept
from streamgauge.stream_processors.log_fold import Fold
from streamgauge.stream_processors.log_owner import Append, Owner, Standing
from streamgauge.stream_processors.log_record import AnyLogRecord
from streamgauge.stream_processors.measured import Measured, MeasuredSums
from streamgauge.stream_processors.source import SOURCES, widths
from streamgauge.stream_processors.validation import Read

SETTINGS = Settings(window=Window(dimensions=("region",)))
WIDTHS = Widths(MINUTE, delay=MINUTE // 2, lateness=10 * MINUTE)
STALL_S = 30.0
Published = list[Measure | ClosedWindow]


class Placed(NamedTuple):
    """A record of a log, as it comes back from Kafka."""

    offset: int
    record: AnyLogRecord


class Log:
    """One partition that one owner after another measures; the records of its state log."""

    def __init__(
        self,
        topic: str = "predictions",
        settings: Settings = SETTINGS,
        grids: Grids | None = None,
    ) -> None:
        self.grids = grids
        self.source = SOURCES[topic]
        self.settings = settings
        self.widths = widths(settings.window)
        self.sums = MeasuredSums(self.source.shape(settings), self.widths)
        self.records: list[Placed] = []
        self.handed = 0
        self.now = T0
        self.kept = self.acquire()

    def acquire(self) -> Kept:
        """A new owner reads the log from its beginning, claims it and goes on."""
        fold: Fold[Measured] = Fold(self.sums.empty(), self.sums.add, self.sums.load)
        owner = Owner(f"owner {len(self.records)}", fold)
        for instruction in owner.start():
            assert isinstance(instruction, Append)
            self._put(0, instruction.record)
        told = [one for placed in self.records for one in owner.tail(*placed, Standing())]
        held = Held(0, owner, self._put, self.records[-1].offset, told)
        self.kept = Kept(held, self.sums, self.grids)
        return self.kept

    def _put(self, _partition: int, record: AnyLogRecord) -> None:
        # Through bytes, as all records go.
        back = log_record.decode(log_record.encode(record))
        assert back is not None
        self.records.append(Placed(len(self.records), back))

    def add(self, events: Sequence[Event | Label], idle: int = 0) -> list[Placed]:
        """Count events, move the watermark to `idle` if that is further, write it down."""
        kept = self.kept
        offsets = np.arange(kept.position, kept.position + len(events))
        self.source.add(kept.pending, events, None, self.settings)
        kept.count(Read(list(events), offsets, [], [], (), 0))
        kept.know({one.service: one.ts for one in events if isinstance(one, Heartbeat)})
        kept.position += len(events)
        kept.pending.advance(idle)
        kept.write(self.now)
        return self.new()

    def rebase(self) -> list[Placed]:
        """Write all windows down."""
        self.kept.rebase()
        return self.new()

    def new(self) -> list[Placed]:
        """The records that nobody was handed yet; the owner hears its own."""
        new = self.records[self.handed :]
        self.handed = len(self.records)
        for offset, record in new:
            if offset > self.kept.held._heard:
                self.kept.held.hear(offset, record)
        return new


class Reader:
    """What `merge` makes of the logs of a topic."""

    def __init__(
        self,
        partitions: int = 1,
        topic: str = "predictions",
        settings: Settings = SETTINGS,
        wide: float = 0.0,
        grids: Grids | None = None,
    ) -> None:
        source = SOURCES[topic]
        self.fold = StateFold(
            topic,
            partitions,
            source.shape(settings),
            widths(settings.window),
            source.telling(settings),
            stall=STALL_S,
            wide=wide,
            now=0.0,
            grids=grids,
        )

    def take(self, records: Sequence[Placed], now: float, partition: int = 0) -> None:
        for offset, record in records:
            self.fold.take(partition, offset, record, now)

    def publish(self, now: float) -> Published:
        return list(self.fold.publish(now))


def measures(published: Published, window: str | None = "1m") -> list[Measure]:
    """The measures of one width, of the series as a whole."""
    return [
        one
        for one in published
        if isinstance(one, Measure)
        and (window is None or one.window == window)
        and one.source != "features"
        and one.labels.keys() in ({"model", "version"}, {"service"})
    ]


def closed(published: Published, window: str = "1m") -> list[ClosedWindow]:
    return [one for one in published if isinstance(one, ClosedWindow) and one.window == window]


def newest(published: Published) -> dict[tuple[Any, ...], Measure]:
    """The last measure of each series and window of any width."""
    return {
        (one.window, one.start, one.source, str(sorted(one.labels.items()))): one
        for one in published
        if isinstance(one, Measure)
    }


def finals(published: Published) -> dict[tuple[Any, ...], bytes]:
    """The last final measure of each series and window, as its bytes."""
    return {key: codec.encode(one) for key, one in newest(published).items() if one.final}


def end(minutes: int) -> int:
    return T0 + minutes * MINUTE
