"""Keeps the partitions of a topic that `detect` owns here, and writes down what it knows of them.

What the detectors say is delivered before any state that stands for it; said twice after a crash,
it says the same under the same id.
"""

import time
from collections.abc import Callable

from streamgauge.contracts import codec
from streamgauge.contracts.dead_letter import bury
from streamgauge.contracts.reference import Reference, key_of
from streamgauge.contracts.refusal import explain
from streamgauge.logs import log
from streamgauge.settings import Settings
from streamgauge.stream_processors.detect_kept import DetectKept, Looker
from streamgauge.stream_processors.detect_sums import DetectSums, States
from streamgauge.stream_processors.held import Held
from streamgauge.stream_processors.outbox import SETTLE_S, Outbox
from streamgauge.stream_processors.partition_keeper import PartitionKeeper
from streamgauge.stream_processors.record_batch import Record, RecordBatch

STAGE = "detect"
# So many states at once are a delta that Kafka takes.
_STATES = 256


class DetectKeeper(PartitionKeeper[States, DetectKept]):
    """What is known of every series, by partition; `look` makes who looks at the records."""

    def __init__(
        self,
        settings: Settings,
        topic: str,
        outbox: Outbox,
        look: Callable[[States], Looker],
        *,
        trims: bool,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.records = 0
        self.rejected = 0
        self._look_with = look
        self._sums = DetectSums()
        super().__init__(settings, STAGE, topic, outbox, self._sums, trims=trims, clock=clock)

    def _keep(self, held: Held[States]) -> DetectKept:
        looker = self._look_with(held.sums)
        count = len(held.sums)
        log.info("detect restored", topic=self.topic, partition=held.partition, series=count)
        return DetectKept(held, looker, self._sums)

    async def _take(self, partition: int, kept: DetectKept, batch: RecordBatch) -> None:
        for one in batch.skipped:
            if one.count(kept.position):
                self.rejected += one.count(kept.position)
                self._outbox.bury(one.letter(self.topic, partition))
        begin = int(batch.places(kept.position))
        for record in batch.records(range(begin, len(batch))):
            if record.value is not None:
                self._look(partition, kept, record)
            kept.position = record.offset + 1
            if len(kept.looker.changed) >= _STATES and self._outbox.settle(SETTLE_S):
                kept.write(self._now())
        kept.position = batch.next

    def _look(self, partition: int, kept: DetectKept, record: Record) -> None:
        self.records += 1
        value = record.value or b""
        try:
            told = list(kept.looker.step(value))
        except Exception as error:
            # Somebody else wrote here, or a window breaks us: the partition goes on, its bytes are
            # kept, and what the watchers have learned of it so far stays.
            self.rejected += 1
            letter = bury(
                explain(error, value),
                topic=self.topic,
                partition=partition,
                offset=record.offset,
                value=value,
                key=record.key,
                append_ts=record.timestamp or 0,
            )
            self._outbox.bury(letter)
            log.warning(
                "unreadable record",
                topic=self.topic,
                partition=partition,
                offset=record.offset,
                error=repr(error)
                if not isinstance(error, codec.UNREADABLE)
                else type(error).__name__,
            )
            return
        for one in told:
            if isinstance(one, Reference):
                self._outbox.send_first("references", key_of(one), codec.encode(one))
                log.info("reference made", model=one.model, version=one.version, hash=one.hash)
            else:
                self._outbox.send_first("measures", one.labels.get("model", ""), codec.encode(one))
