"""Keeps the partitions of one source topic that this process owns, and writes them down.

Offsets are committed only for what the state log is known to count.
"""

import asyncio
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, Generic, NoReturn, TypeVar

from faust.types import TP

from streamgauge.logs import log
from streamgauge.settings import Settings
from streamgauge.stream_processors.application import EX_TEMPFAIL
from streamgauge.stream_processors.held import Held
from streamgauge.stream_processors.incident import Incidents
from streamgauge.stream_processors.kept_partition import End, KeptPartition
from streamgauge.stream_processors.log_driver import OwnedLog
from streamgauge.stream_processors.log_fold import Sums
from streamgauge.stream_processors.outbox import SETTLE_S, Outbox
from streamgauge.stream_processors.piece import cut
from streamgauge.stream_processors.record_batch import RecordBatch
from streamgauge.stream_processors.takeover import Ended, Rewind, check_source, take_over_all

S = TypeVar("S")
K = TypeVar("K", bound=KeptPartition[Any])
_MS = 1_000
_BASE_EVERY_S = 60.0
_REVOKE_S = 3.0
_CHECK_EVERY_S = 5.0
# A batch that is larger than this is taken bit by bit.
_PIECE = 1_000_000


class PartitionKeeper(ABC, Generic[S, K]):
    """The state of one source topic in this process: an agent feeds it, a timer flushes it.

    A stage says what it keeps of a partition (`_keep`) and how that takes a batch (`_take`).
    """

    def __init__(
        self,
        settings: Settings,
        stage: str,
        topic: str,
        outbox: Outbox,
        sums: Sums[S],
        *,
        trims: bool,
        generation: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.topic = topic
        self.kept: dict[int, K] = {}
        # Commits offsets of our own; the stage puts its consumer here.
        self.rewind: Rewind = _nowhere
        self._settings = settings
        self._outbox = outbox
        self._clock = clock
        kafka = settings.kafka
        self._log: OwnedLog[S] = OwnedLog(
            kafka, stage, topic, outbox, sums, trims=trims, generation=generation
        )
        self._incidents = Incidents(kafka, stage, outbox, generation=generation, clock=clock)
        self._acquired = asyncio.Condition()
        self._check_at = 0.0

    @abstractmethod
    def _keep(self, held: Held[S]) -> K:
        """A partition that was just acquired."""

    @abstractmethod
    async def _take(self, partition: int, kept: K, batch: RecordBatch) -> None:
        """Add a batch, from `kept.position` on, unless the partition goes meanwhile."""

    def _catch_up(self, kept: K, end: End) -> None:
        """Follow the end of the source."""
        kept.note(end)

    async def acquire(self, partitions: Iterable[int]) -> None:
        """Take partitions over: claim them and restore what each one's log says."""
        owned, incidents, outbox = self._log, self._incidents, self._outbox
        try:
            taken = await take_over_all(owned, incidents, outbox, sorted(partitions), self.rewind)
        except Ended as ended:
            self.stop(str(ended), ended.code)
        for partition, held in taken.items():
            async with self._acquired:
                self.kept[partition] = self._keep(held)
                self._acquired.notify_all()

    async def release(self, partitions: Iterable[int]) -> None:
        """Write down what is there before partitions go; `commits` then tells what counts."""
        going = [partition for partition in partitions if partition in self.kept]
        if going and self._outbox.settle(SETTLE_S):
            for partition in going:
                self.kept[partition].write(self._now())
            await self._log.drain(_REVOKE_S)

    def forget(self, partitions: Iterable[int] | None = None) -> None:
        """Drop the state of partitions that are no longer ours, or of all."""
        for partition in list(self.kept) if partitions is None else partitions:
            self._log.release(partition)
            self.kept.pop(partition, None)

    async def take(self, partition: int, batch: RecordBatch) -> None:
        """Add a batch to its partition, waiting until that is acquired."""
        async with self._acquired:
            await self._acquired.wait_for(lambda: partition in self.kept)
        kept = self.kept[partition]
        if batch.first > kept.position:
            # Left over from before a rebalance, or retention was faster. The log knows.
            await self.rewind({TP(self.topic, partition): kept.held.counted})
            self.stop(f"{self.topic}[{partition}]: fetched {batch.first} after {kept.position}")
        if batch.first < kept.brought:
            # A reset of the fetch: the source may be another topic now.
            await self._check_source()
        kept.brought = batch.next
        for piece in cut(batch, _PIECE):
            if self.kept.get(partition) is kept and piece.next > kept.position:
                await self._take(partition, kept, piece)

    def flush(self, end: Callable[[int], End | None]) -> None:
        """Write all that changed, and hear what counts by now."""
        if self._outbox.settle(SETTLE_S):
            for partition, kept in self.kept.items():
                if (found := end(partition)) is not None:
                    self._catch_up(kept, found)
                kept.write(self._now())
                if time.monotonic() - kept.rebased >= _BASE_EVERY_S:
                    kept.rebase()
        self._hear()

    def commits(self) -> dict[TP, int]:
        """The offsets that may be committed now, each told once."""
        self._hear()
        told = {TP(self.topic, at): kept.held.take_commit() for at, kept in self.kept.items()}
        return {tp: offset for tp, offset in told.items() if offset is not None}

    def _hear(self) -> None:
        self._log.poll()
        for kept in self.kept.values():
            if kept.held.stopped is not None:
                self.stop(kept.held.stopped)

    async def watch(self) -> None:
        """End the process where the source is no longer the topic that was counted."""
        astray = {at: kept.astray for at, kept in self.kept.items() if kept.astray}
        if not astray and time.monotonic() < self._check_at:
            return
        await self._check_source()
        for partition, reason in astray.items():
            # It may have lost its end: acquiring it again says what is to be done.
            self.stop(f"{self.topic}[{partition}]: {reason}")

    async def _check_source(self) -> None:
        self._check_at = time.monotonic() + _CHECK_EVERY_S
        try:
            await check_source(self._log, self._incidents, self._outbox)
        except Ended as ended:
            self.stop(str(ended), ended.code)

    async def trim(self) -> None:
        """Cut the state log where no reader needs it, and end incidents that are over."""
        await self._log.trim(self._clock())
        await self._incidents.settle(self.topic, list(self.kept))

    def close(self) -> None:
        """Stop following the log."""
        self._log.close()

    def _now(self) -> int:
        return int(self._clock() * _MS)

    def stop(self, reason: str, code: int = EX_TEMPFAIL) -> NoReturn:
        """End this process at once; the supervisor restarts it from what is written down."""
        log.error("worker stops, to start again from the state log", reason=reason)
        os._exit(code)


async def _nowhere(_offsets: dict[TP, int]) -> None:
    raise RuntimeError("this keeper has no consumer yet")
