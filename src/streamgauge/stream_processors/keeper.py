"""Keeps the partitions of one source topic that this process owns, and writes them down.

Offsets are committed only for what the state log is known to count.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from faust.types import TP

from streamgauge.logs import log
from streamgauge.metrics import gather
from streamgauge.metrics.column import Ints
from streamgauge.metrics.label import Label
from streamgauge.settings import Settings
from streamgauge.stream_processors.application import EX_TEMPFAIL
from streamgauge.stream_processors.incident import Incidents
from streamgauge.stream_processors.kept import End, Kept
from streamgauge.stream_processors.label_join import LabelJoin
from streamgauge.stream_processors.label_read import prepare
from streamgauge.stream_processors.late import LateSample
from streamgauge.stream_processors.log_driver import OwnedLog
from streamgauge.stream_processors.measured import Measured, MeasuredSums
from streamgauge.stream_processors.outbox import SETTLE_S, Outbox
from streamgauge.stream_processors.piece import cut
from streamgauge.stream_processors.record_batch import RecordBatch
from streamgauge.stream_processors.source import Source, widths
from streamgauge.stream_processors.takeover import Ended, Rewind, check_source, take_over_all
from streamgauge.stream_processors.validation import Ages, Read, read

_MS = 1_000
_BASE_EVERY_S = 60.0
_REVOKE_S = 3.0
_CHECK_EVERY_S = 5.0
# A batch that is larger than this is taken bit by bit.
_PIECE = 1_000_000


class Keeper:
    """The state of one source topic in this process; the agents feed it, a timer flushes it."""

    def __init__(
        self,
        settings: Settings,
        source: Source,
        outbox: Outbox,
        *,
        trims: bool,
        join: LabelJoin | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        window = settings.window
        self.widths = widths(window)
        self.source = source
        self.kept: dict[int, Kept] = {}
        self.events = 0
        self._settings = settings
        self._window = window
        self._join = join
        self._ages = Ages.of(window)
        self._outbox = outbox
        self._sums = MeasuredSums(source.shape(settings), self.widths)
        # Commits offsets of our own; the stage puts its consumer here.
        self.rewind: Rewind = _nowhere
        self._log: OwnedLog[Measured] = OwnedLog(
            settings.kafka,
            "measure",
            source.topic,
            outbox,
            self._sums,
            trims=trims,
            generation=settings.worker.generation,
        )
        self._clock = clock
        self._incidents = Incidents(
            settings.kafka,
            "measure",
            outbox,
            generation=settings.worker.generation,
            clock=clock,
        )
        self._late = LateSample(source.topic)
        # Features count once more for each dimension that has declared values.
        self._copies = 1 + len(source.shape(settings).segments)
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
            async with self._acquired:
                self.kept[partition] = Kept(held, self._sums)
                self._acquired.notify_all()

    async def release(self, partitions: Iterable[int]) -> dict[TP, int]:
        """Write down what is there before partitions go; returns what may be committed."""
        going = [partition for partition in partitions if partition in self.kept]
        if going and self._outbox.settle(SETTLE_S):
            for partition in going:
                self.kept[partition].write(self._now())
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
        kept = self.kept[partition]
        if batch.first > kept.position:
            # Left over from before a rebalance, or retention was faster. The log knows.
            await self.rewind({TP(self.source.topic, partition): kept.held.counted})
            self.stop(
                f"{self.source.topic}[{partition}]: fetched {batch.first} after {kept.position}"
            )
        if batch.first < kept.brought:
            # A reset of the fetch: the source may be another topic now.
            await self._check_source()
        kept.brought = batch.next
        for piece in cut(batch, _PIECE):
            if self.kept.get(partition) is kept and piece.next > kept.position:
                await self._take(partition, kept, piece)

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

    def flush(self, end: Callable[[int], End | None]) -> dict[TP, int]:
        """Write all that changed; returns the offsets that may be committed now."""
        self._late.tell()
        if self._outbox.settle(SETTLE_S):
            for partition, kept in self.kept.items():
                if (found := end(partition)) is not None:
                    kept.catch_up(found, self._window.idle, self.widths.delay)
                kept.write(self._now())
                if time.monotonic() - kept.rebased >= _BASE_EVERY_S:
                    kept.rebase()
        return self._commits()

    def _commits(self) -> dict[TP, int]:
        self._log.poll()
        commits = {}
        for partition, kept in self.kept.items():
            self._stop_if(kept.held.stopped)
            if (commit := kept.held.take_commit()) is not None:
                commits[TP(self.source.topic, partition)] = commit
        return commits

    async def watch(self) -> None:
        """End the process where the source is no longer the topic that was counted."""
        astray = {at: kept.astray for at, kept in self.kept.items() if kept.astray}
        if not astray and time.monotonic() < self._check_at:
            return
        await self._check_source()
        for partition, reason in astray.items():
            # It may have lost its end: acquiring it again says what is to be done.
            self.stop(f"{self.source.topic}[{partition}]: {reason}")

    async def _check_source(self) -> None:
        self._check_at = time.monotonic() + _CHECK_EVERY_S
        try:
            await check_source(self._log, self._incidents, self._outbox)
        except Ended as ended:
            self.stop(str(ended), ended.code)

    async def trim(self) -> None:
        """Cut the state log where no reader needs it, and end incidents that are over."""
        await self._log.trim(self._clock())
        await self._incidents.settle(self.source.topic, list(self.kept))

    def close(self) -> None:
        """Stop following the log."""
        self._log.close()

    def _now(self) -> int:
        return int(self._clock() * _MS)

    def _stop_if(self, reason: str | None) -> None:
        if reason is not None:
            self.stop(reason)

    def stop(self, reason: str, code: int = EX_TEMPFAIL) -> NoReturn:
        """End this process at once; the supervisor restarts it from what is written down."""
        log.error("worker stops, to start again from the state log", reason=reason)
        os._exit(code)


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


async def _nowhere(_offsets: dict[TP, int]) -> None:
    raise RuntimeError("this keeper has no consumer yet")
