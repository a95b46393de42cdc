"""Keeps the partitions of one source topic that `reward` owns here, and writes them down.

Offsets are committed, and Redis is told, only what the state log is known to count.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterable
from typing import NoReturn

from faust.types import TP

from streamgauge.contracts.receipt import Receipts
from streamgauge.logs import log
from streamgauge.settings import Settings
from streamgauge.stream_processors.application import EX_TEMPFAIL
from streamgauge.stream_processors.incident import Incidents
from streamgauge.stream_processors.kept import End
from streamgauge.stream_processors.label_join import LabelJoin
from streamgauge.stream_processors.label_read import prepare
from streamgauge.stream_processors.log_driver import OwnedLog
from streamgauge.stream_processors.outbox import SETTLE_S, Outbox
from streamgauge.stream_processors.record_batch import RecordBatch
from streamgauge.stream_processors.reward_kept import RewardKept
from streamgauge.stream_processors.reward_sums import Rewards, RewardSums
from streamgauge.stream_processors.reward_total import RewardTotal
from streamgauge.stream_processors.source import SOURCES
from streamgauge.stream_processors.takeover import Ended, Rewind, check_source, take_over_all
from streamgauge.stream_processors.validation import Ages, read

STAGE = "reward"
_MS = 1_000
_BASE_EVERY_S = 60.0
_REVOKE_S = 3.0
_CHECK_EVERY_S = 5.0


class RewardKeeper:
    """The sums of one source topic in this process; an agent feeds it, a timer flushes it."""

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
        self.topic = topic
        self.kept: dict[int, RewardKept] = {}
        # Commits offsets of our own; the stage puts its consumer here.
        self.rewind: Rewind = _nowhere
        self._settings = settings
        self._outbox = outbox
        self._desk = desk
        self._join = join
        self._clock = clock
        self._ages = Ages.of(settings.window)
        self._sums = RewardSums()
        self._log: OwnedLog[Rewards] = OwnedLog(
            settings.kafka, STAGE, topic, outbox, self._sums, trims=trims
        )
        self._incidents = Incidents(settings.kafka, STAGE, outbox, clock=clock)
        self._acquired = asyncio.Condition()
        self._check_at = 0.0

    async def acquire(self, partitions: Iterable[int]) -> None:
        """Take partitions over: claim them and restore what each one's log says."""
        owned, incidents, outbox = self._log, self._incidents, self._outbox
        try:
            taken = await take_over_all(owned, incidents, outbox, sorted(partitions), self.rewind)
        except Ended as ended:
            self.stop(str(ended), ended.code)
        for partition, held in taken.items():
            total = RewardTotal(self._desk, self._settings.experiments)
            async with self._acquired:
                self.kept[partition] = RewardKept(held, total, self._sums)
                self._acquired.notify_all()

    async def release(self, partitions: Iterable[int]) -> dict[TP, int]:
        """Write down what is there before partitions go; returns what may be committed."""
        going = [partition for partition in partitions if partition in self.kept]
        if going and self._outbox.settle(SETTLE_S):
            for partition in going:
                self.kept[partition].write()
            await self._log.drain(_REVOKE_S)
        return self._commits()

    def forget(self, partitions: Iterable[int] | None = None) -> None:
        """Drop the state of partitions that are no longer ours, or of all."""
        for partition in list(self.kept) if partitions is None else partitions:
            self._log.release(partition)
            self.kept.pop(partition, None)

    async def take(self, partition: int, batch: RecordBatch) -> None:
        """Add a batch to its partition, waiting until that is acquired."""
        async with self._acquired:
            await self._acquired.wait_for(lambda: partition in self.kept)
        kept, since = self.kept[partition], self.kept[partition].position
        if batch.first > since:
            # Left over from before a rebalance, or retention was faster. The log knows.
            await self.rewind({TP(self.topic, partition): kept.held.counted})
            self.stop(f"{self.topic}[{partition}]: fetched {batch.first} after {since}")
        if batch.next <= since:
            return
        if batch.first < kept.brought:
            # A reset of the fetch: the source may be another topic now.
            await self._check_source()
        kept.brought = batch.next
        now = int(self._clock() * _MS)
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

    def flush(self) -> dict[TP, int]:
        """Write all that changed; returns the offsets that may be committed now."""
        if self._outbox.settle(SETTLE_S):
            for kept in self.kept.values():
                kept.write()
                if time.monotonic() - kept.looked >= _BASE_EVERY_S:
                    kept.rebase()
        return self._commits()

    def _commits(self) -> dict[TP, int]:
        self._log.poll()
        commits = {}
        for partition, kept in self.kept.items():
            if kept.held.stopped is not None:
                self.stop(kept.held.stopped)
            if (commit := kept.held.take_commit()) is not None:
                commits[TP(self.topic, partition)] = commit
        return commits

    async def watch(self, end: Callable[[int], End | None]) -> None:
        """End the process where the source is no longer the topic that was counted."""
        astray = {}
        for partition, kept in self.kept.items():
            found = end(partition)
            if found is not None and found.offset < kept.position:
                astray[partition] = f"counted up to {kept.position}, it ends at {found.offset}"
        if astray or time.monotonic() >= self._check_at:
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

    def stop(self, reason: str, code: int = EX_TEMPFAIL) -> NoReturn:
        """End this process at once; the supervisor restarts it from what is written down."""
        log.error("worker stops, to start again from the state log", reason=reason)
        os._exit(code)


async def _nowhere(_offsets: dict[TP, int]) -> None:
    raise RuntimeError("this keeper has no consumer yet")
