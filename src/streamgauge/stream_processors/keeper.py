"""Keeps the open windows of the partitions that this process owns, and writes them down.

Offsets are committed only for what the state log has, and never beyond the first event of the
oldest open window: whoever takes over reads those windows again from their beginning.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NamedTuple
from uuid import uuid4

from confluent_kafka import KafkaException, TopicPartition
from faust.types import TP

from streamgauge.contracts.dead_letter import bury
from streamgauge.logs import log
from streamgauge.metrics import series
from streamgauge.metrics.open_window import OpenWindows
from streamgauge.metrics.window import Widths
from streamgauge.settings import Settings
from streamgauge.stream_processors.application import EX_TEMPFAIL
from streamgauge.stream_processors.outbox import SETTLE_S, Outbox
from streamgauge.stream_processors.read_back import bounds, reader
from streamgauge.stream_processors.record_batch import RecordBatch
from streamgauge.stream_processors.source import Source
from streamgauge.stream_processors.state_log import StateLog
from streamgauge.stream_processors.state_record import StateRecord
from streamgauge.stream_processors.validation import Ages, read

_MS = 1_000
_SERVICE_MEMORY_MS = 7 * 86_400 * _MS


class Kept:
    """One owned partition; `position` is the next offset to look at, None before any batch."""

    def __init__(self, widths: Widths, restored: StateRecord | None, oldest: int) -> None:
        self.restored = restored
        self.opened: OpenWindows[Any] = OpenWindows(
            widths,
            next_offset=restored.next if restored else oldest,
            watermark=restored.watermark if restored else 0,
            late=restored.late if restored else 0,
        )
        self.position: int | None = None
        self.since = restored.first if restored else 0
        self.accepted = restored.accepted if restored else 0
        self.rejected = restored.rejected if restored else 0
        self.known = dict(restored.known) if restored else {}
        self.written = (restored.next, restored.watermark) if restored else (-1, 0)
        self.commit: int | None = None
        self.heard = time.monotonic()

    @property
    def whole(self) -> bool:
        """Whether its totals are: they are not until it has caught up with the last owner."""
        if self.position is None:
            return self.restored is None or self.restored.first >= self.restored.next
        return self.position >= self.opened.counted_to


class End(NamedTuple):
    """The end of a partition, and the time in milliseconds of the fetch that told it."""

    offset: int
    at: int


class Keeper:
    """The state of one source topic in this process; the agents feed it, a timer flushes it."""

    def __init__(
        self,
        settings: Settings,
        source: Source,
        outbox: Outbox,
        clock: Callable[[], float] = time.time,
    ) -> None:
        window = settings.window
        self.widths = Widths(
            int(window.width * _MS), int(window.delay * _MS), int(window.lateness * _MS)
        )
        self.source = source
        self.kept: dict[int, Kept] = {}
        self.events = 0
        self._window = window
        self._ages = Ages.of(window)
        self._outbox = outbox
        self._kafka = settings.kafka
        # Commits offsets of our own; the stage puts its consumer here.
        self.rewind: Callable[[dict[TP, int]], Awaitable[None]] = _nowhere
        self._log = StateLog(settings.kafka, "measure", source.topic, outbox)
        self._owner = uuid4().hex
        self._clock = clock
        self._acquired = asyncio.Condition()

    async def acquire(self, partitions: Iterable[int]) -> None:
        """Take partitions over: restore where each one got to."""
        owned = sorted(partitions)
        records = await asyncio.gather(
            *(asyncio.to_thread(self._log.restore, partition) for partition in owned)
        )
        for partition, restored in zip(owned, records, strict=True):
            oldest = 0 if restored else await asyncio.to_thread(self._oldest, partition)
            async with self._acquired:
                self.kept[partition] = Kept(self.widths, restored, oldest)
                self._acquired.notify_all()
            log.info(
                "partition acquired",
                topic=self.source.topic,
                partition=partition,
                next=restored.next if restored else None,
            )

    async def release(self, partitions: Iterable[int]) -> None:
        """Write down what is there before partitions go."""
        settled = self._outbox.settle(SETTLE_S)
        for partition in partitions:
            if settled and partition in self.kept:
                self._write(partition, self.kept[partition])
        await asyncio.to_thread(self._outbox.flush, 3.0)

    def forget(self, partitions: Iterable[int]) -> None:
        """Drop the state of partitions that are no longer ours."""
        for partition in partitions:
            self.kept.pop(partition, None)

    async def take(self, partition: int, batch: RecordBatch) -> None:
        """Add a batch to its partition, waiting until that is acquired."""
        async with self._acquired:
            await self._acquired.wait_for(lambda: partition in self.kept)
        kept = self.kept[partition]
        if kept.position is None:
            await self._start(partition, kept, batch)
        position = kept.position or 0
        if batch.first > position:
            self.stop(f"{self.source.topic}[{partition}]: fetched {batch.first} after {position}")
        if batch.next <= position:
            return
        taken = read(
            self.source, batch, skip_to=position, ages=self._ages, now=int(self._clock() * _MS)
        )
        counted_to = kept.opened.counted_to
        self.source.add(kept.opened, taken.events, taken.offsets)
        fresh = int((taken.offsets >= counted_to).sum())
        kept.accepted += fresh
        self.events += fresh
        for offset, reject in taken.rejects:
            if offset >= counted_to:
                kept.rejected += 1
                record = next(one for one in batch.records if one.offset == offset)
                self._outbox.bury(
                    bury(
                        reject,
                        topic=self.source.topic,
                        partition=partition,
                        offset=offset,
                        value=record.value,
                        key=record.key,
                        append_ts=record.timestamp or 0,
                    )
                )
        if self.source.topic == "heartbeats":
            for beat in taken.events:
                kept.known[beat.service] = max(kept.known.get(beat.service, 0), beat.ts)
            if len(kept.known) > series.LIMIT:
                names = sorted(kept.known, key=series.rank)[: series.LIMIT]
                kept.known = {name: kept.known[name] for name in names}
        kept.position = kept.opened.next = batch.next
        kept.heard = time.monotonic()

    async def _start(self, partition: int, kept: Kept, batch: RecordBatch) -> None:
        """The first batch after acquisition must reach back to the oldest open window."""
        needed = kept.restored.first if kept.restored else batch.first
        if batch.first > needed:
            oldest = await asyncio.to_thread(self._oldest, partition)
            if oldest <= needed:
                # Kafka has the events: a former owner committed too far, or this batch was left
                # over from before a rebalance. Put the offset right and read again.
                await self.rewind({TP(self.source.topic, partition): needed})
                self.stop(f"{self.source.topic}[{partition}]: {batch.first} is after {needed}")
            log.error(
                "data_loss",
                topic=self.source.topic,
                partition=partition,
                lost_from=needed,
                lost_to=batch.first,
            )
        kept.position = batch.first
        kept.since = min(kept.since, batch.first)

    def _oldest(self, partition: int) -> int:
        consumer = reader(self._kafka)
        try:
            return bounds(consumer, TopicPartition(self.source.topic, partition))[0]
        finally:
            consumer.close()

    def flush(self, end: Callable[[int], End | None]) -> dict[TP, int]:
        """Write all that changed; returns the offsets that may be committed now."""
        if self._outbox.failed:
            self.stop(f"delivery failed: {self._outbox.failed}")
        if not self._outbox.settle(SETTLE_S):
            return {}
        for partition, kept in self.kept.items():
            self._advance_if_idle(kept, end(partition))
            self._write(partition, kept)
        self._outbox.poll()
        commits = {}
        for partition, kept in self.kept.items():
            if kept.commit is not None:
                commits[TP(self.source.topic, partition)] = kept.commit
                kept.commit = None
        return commits

    def _advance_if_idle(self, kept: Kept, end: End | None) -> None:
        """Without events time passes too, but no further than a fetch has proven."""
        if end is None or not kept.whole:
            return
        quiet = time.monotonic() - kept.heard >= self._window.idle
        if quiet and end.offset <= kept.opened.next:
            kept.opened.advance(end.at - self.widths.delay)

    def _write(self, partition: int, kept: Kept) -> None:
        opened = kept.opened
        if not kept.whole or (opened.next, opened.watermark) == kept.written:
            return
        oldest = int(self._clock() * _MS) - _SERVICE_MEMORY_MS
        kept.known = {name: ts for name, ts in kept.known.items() if ts >= oldest}
        record = StateRecord(
            partition=partition,
            owner=self._owner,
            since=kept.since,
            first=opened.first_offset,
            next=opened.next,
            watermark=opened.watermark,
            accepted=kept.accepted,
            rejected=kept.rejected,
            late=opened.late,
            windows=[self.source.write(start, window) for start, window in opened.changed()],
            known=kept.known,
        )
        opened.written()
        kept.since = opened.next
        kept.written = (opened.next, opened.watermark)

        def delivered(_offset: int, kept: Kept = kept, first: int = record.first) -> None:
            kept.commit = max(kept.commit or 0, first)

        self._log.append(record, delivered)

    def stop(self, reason: str) -> None:
        """End this process at once; the supervisor restarts it from what is written down."""
        log.error("worker stops, to start again from the state log", reason=reason)
        os._exit(EX_TEMPFAIL)

    async def trim(self) -> None:
        """Cut the logs of the owned partitions."""
        for partition in list(self.kept):
            try:
                await asyncio.to_thread(self._log.trim, partition, self._clock())
            except (KafkaException, TimeoutError) as error:
                # A log that is longer than it need be is no reason to stop measuring.
                log.warning("state log not trimmed", topic=self._log.topic, error=repr(error))


async def _nowhere(_offsets: dict[TP, int]) -> None:
    raise RuntimeError("this keeper has no consumer yet")
