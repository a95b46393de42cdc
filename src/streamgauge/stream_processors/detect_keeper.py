"""Keeps the partitions of `summaries` that `detect` owns here, and writes them down.

What the detectors say is delivered before any state that stands for it; said twice after a crash,
it says the same under the same id.
"""

import time
from collections.abc import Callable, Sequence

from streamgauge.contracts import codec
from streamgauge.contracts.dead_letter import bury
from streamgauge.contracts.refusal import explain
from streamgauge.contracts.summary import Summary
from streamgauge.logs import log
from streamgauge.settings import Settings
from streamgauge.stream_processors.detect_kept import DetectKept
from streamgauge.stream_processors.detect_sums import DetectSums, States
from streamgauge.stream_processors.held import Held
from streamgauge.stream_processors.outbox import SETTLE_S, Outbox
from streamgauge.stream_processors.partition_keeper import PartitionKeeper
from streamgauge.stream_processors.record_batch import Record, RecordBatch
from streamgauge.stream_processors.watch import References, Watch
from streamgauge.stream_processors.watcher import Watcher

STAGE = "detect"
TOPIC = "summaries"
# So many windows at once are a delta that Kafka takes.
_WINDOWS = 64


class DetectKeeper(PartitionKeeper[States, DetectKept]):
    """What the watchers know of every series, by partition."""

    def __init__(
        self,
        settings: Settings,
        outbox: Outbox,
        watchers: Sequence[Watcher],
        references: References,
        *,
        trims: bool,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.records = 0
        self.rejected = 0
        self._watchers = watchers
        self._references = references
        self._sums = DetectSums()
        super().__init__(settings, STAGE, TOPIC, outbox, self._sums, trims=trims, clock=clock)

    def _keep(self, held: Held[States]) -> DetectKept:
        watch = Watch(self._watchers, self._references, held.sums)
        log.info("detect restored", partition=held.partition, series=len(watch.series))
        return DetectKept(held, watch, self._sums)

    async def _take(self, partition: int, kept: DetectKept, batch: RecordBatch) -> None:
        for one in batch.skipped:
            if one.count(kept.position):
                self.rejected += one.count(kept.position)
                self._outbox.bury(one.letter(TOPIC, partition))
        begin = int(batch.places(kept.position))
        for record in batch.records(range(begin, len(batch))):
            if record.value is not None:
                self._look(partition, kept, record)
            kept.position = record.offset + 1
            if len(kept.watch.changed) >= _WINDOWS and self._outbox.settle(SETTLE_S):
                kept.write(self._now())
        kept.position = batch.next

    def _look(self, partition: int, kept: DetectKept, record: Record) -> None:
        self.records += 1
        value = record.value or b""
        try:
            told = list(kept.watch.step(codec.decode(Summary, value)))
        except Exception as error:
            # Somebody else wrote here, or a window breaks us: the partition goes on, its bytes are
            # kept, and what the watchers have learned of it so far stays.
            self.rejected += 1
            letter = bury(
                explain(error, value),
                topic=TOPIC,
                partition=partition,
                offset=record.offset,
                value=value,
                key=record.key,
                append_ts=record.timestamp or 0,
            )
            self._outbox.bury(letter)
            log.warning(
                "unreadable window",
                partition=partition,
                offset=record.offset,
                error=repr(error)
                if not isinstance(error, codec.UNREADABLE)
                else type(error).__name__,
            )
            return
        for one in told:
            self._outbox.send_first("measures", one.labels.get("model", ""), codec.encode(one))
