"""Keeps the partitions of one source topic that `reward` owns here, and writes them down.

Redis is told only what the state log is known to count.
"""

import time
from collections.abc import Callable

from streamgauge.contracts.receipt import Receipts
from streamgauge.settings import Settings
from streamgauge.stream_processors.held import Held
from streamgauge.stream_processors.label_join import LabelJoin
from streamgauge.stream_processors.label_read import prepare
from streamgauge.stream_processors.outbox import Outbox
from streamgauge.stream_processors.partition_keeper import PartitionKeeper
from streamgauge.stream_processors.record_batch import RecordBatch
from streamgauge.stream_processors.reward_kept import RewardKept
from streamgauge.stream_processors.reward_sums import Rewards, RewardSums
from streamgauge.stream_processors.reward_total import RewardTotal
from streamgauge.stream_processors.source import SOURCES
from streamgauge.stream_processors.validation import Ages, read

STAGE = "reward"


class RewardKeeper(PartitionKeeper[Rewards, RewardKept]):
    """Totals of every arm, by partition of one source topic."""

    def __init__(
        self,
        settings: Settings,
        topic: str,
        outbox: Outbox,
        desk: Receipts,
        join: LabelJoin,
        *,
        trims: bool,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._desk = desk
        self._join = join
        self._ages = Ages.of(settings.window)
        self._sums = RewardSums()
        super().__init__(settings, STAGE, topic, outbox, self._sums, trims=trims, clock=clock)

    def _keep(self, held: Held[Rewards]) -> RewardKept:
        return RewardKept(held, RewardTotal(self._desk, self._settings.experiments), self._sums)

    async def _take(self, partition: int, kept: RewardKept, batch: RecordBatch) -> None:
        now, since = self._now(), kept.position
        taken = read(SOURCES[self.topic], batch, skip_to=since, ages=self._ages, now=now)
        taken = await prepare(self._join, self._outbox, self.topic, partition, taken, batch, now)
        if self.kept.get(partition) is not kept:
            # It went to somebody else while Redis was asked.
            return
        if self.topic == "outcomes":
            kept.total.count(taken.events)
        else:
            offsets = taken.offsets.tolist()
            refused = kept.total.rate(taken.events, offsets, batch.times(offsets, now))
            taken = taken.refuse(refused, batch)
        kept.total.pending.rejected += taken.rejected(since)
        for letter in taken.letters(self.topic, partition, since):
            self._outbox.bury(letter)
        kept.position = batch.next
