"""Keeps the partitions of one source topic that `measure` owns here, and writes them down."""

import time
from collections.abc import Callable
from typing import Any

from streamgauge.metrics import gather
from streamgauge.metrics.column import Ints
from streamgauge.metrics.label import Label
from streamgauge.metrics.schema import Grids
from streamgauge.settings import Settings
from streamgauge.stream_processors.held import Held
from streamgauge.stream_processors.kept import Kept
from streamgauge.stream_processors.kept_partition import End
from streamgauge.stream_processors.label_join import LabelJoin
from streamgauge.stream_processors.label_read import prepare
from streamgauge.stream_processors.late import LateSample
from streamgauge.stream_processors.measured import Measured, MeasuredSums
from streamgauge.stream_processors.outbox import SETTLE_S, Outbox
from streamgauge.stream_processors.partition_keeper import PartitionKeeper
from streamgauge.stream_processors.record_batch import RecordBatch
from streamgauge.stream_processors.source import Source, widths
from streamgauge.stream_processors.validation import Ages, Read, read

STAGE = "measure"


class Keeper(PartitionKeeper[Measured, Kept]):
    """Totals of open windows, by partition of one source topic."""

    def __init__(
        self,
        settings: Settings,
        source: Source,
        outbox: Outbox,
        *,
        trims: bool,
        join: LabelJoin | None = None,
        grids: Grids | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        shape = source.shape(settings)
        self.widths = widths(settings.window)
        self.source = source
        self.events = 0
        self._join = join
        self._grids = grids
        self._idle = settings.window.idle
        self._ages = Ages.of(settings.window)
        self._late = LateSample(source.topic)
        self._sums = MeasuredSums(shape, self.widths)
        # Features count once more for each dimension that has declared values.
        self._copies = 1 + len(shape.segments)
        super().__init__(
            settings,
            STAGE,
            source.topic,
            outbox,
            self._sums,
            trims=trims,
            generation=settings.worker.generation,
            clock=clock,
        )

    def _keep(self, held: Held[Measured]) -> Kept:
        return Kept(held, self._sums, self._grids)

    async def _take(self, partition: int, kept: Kept, batch: RecordBatch) -> None:
        now = self._now()
        taken = read(self.source, batch, skip_to=kept.position, ages=self._ages, now=now)
        topic = self.source.topic
        taken = await prepare(self._join, self._outbox, topic, partition, taken, batch, now)
        if self.kept.get(partition) is not kept:
            # It went to somebody else while Redis was asked.
            return
        before, kept.pending.late_places = kept.pending.late, None
        self.source.add(kept.pending, taken.events, _appended(taken, batch), self._settings)
        if kept.pending.late > before:
            self._late.note(partition, taken, kept.pending, kept.pending.late - before)
        kept.count(taken)
        self.events += len(taken.events)
        for letter in taken.letters(self.source.topic, partition, kept.position):
            self._outbox.bury(letter)
        if self.source.topic == "heartbeats":
            kept.know({beat.service: beat.ts for beat in taken.events})
        kept.position = batch.next
        kept.heard = time.monotonic()
        kept.weight += batch.weight * self._copies
        if kept.full and self._outbox.settle(SETTLE_S):
            kept.write(self._now())

    def _catch_up(self, kept: Kept, end: End) -> None:
        kept.catch_up(end, self._idle, self.widths.delay)

    def flush(self, end: Callable[[int], End | None]) -> None:
        """Write all that changed, and tell of events that came late."""
        self._late.tell()
        super().flush(end)


def _newest(events: list[Any]) -> int:
    """When the last of them happened; a label has two times, and its windows are of its truth."""
    field = "at" if isinstance(events[0], Label) else "ts"
    return int(gather.ints(events, field).max())


def _appended(taken: Read, batch: RecordBatch) -> Ints | None:
    """When the broker got each event, where some event says that it is of a later time."""
    if not taken.events:
        return None
    first = int(batch.stamps[0])
    if first <= 0 or _newest(taken.events) <= first:
        return None
    return batch.stamps_of(taken.offsets)
