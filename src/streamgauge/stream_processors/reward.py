"""The stage `reward`: outcomes and feedback in, absolute totals of every arm out, to Redis."""

import asyncio
import os
import time
from collections.abc import Iterable
from typing import Any

import msgspec
import redis.asyncio as redis
from faust.types import TP
from redis.exceptions import RedisError

from streamgauge.contracts import codec
from streamgauge.contracts.dead_letter import bury
from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.receipt import Receipts
from streamgauge.contracts.topics import state_topic
from streamgauge.logs import log
from streamgauge.settings import Settings
from streamgauge.stream_processors.application import (
    EX_TEMPFAIL,
    application,
    batches,
    on_rebalance,
)
from streamgauge.stream_processors.label_join import LabelJoin
from streamgauge.stream_processors.log_record import UnknownVersionError
from streamgauge.stream_processors.outbox import SETTLE_S, Outbox
from streamgauge.stream_processors.read_back import read_back
from streamgauge.stream_processors.record_batch import RecordBatch
from streamgauge.stream_processors.reward_store import RewardStore
from streamgauge.stream_processors.reward_total import VERSION, RewardRecord, RewardTotal
from streamgauge.stream_processors.stage import commit

STAGE = "reward"
SOURCES: dict[str, type[Outcome] | type[Feedback]] = {"outcomes": Outcome, "feedback": Feedback}
_REFRESH_S = 10.0
_MS = 1_000


class Reward:
    """The Faust app of the stage."""

    def __init__(self, settings: Settings, desk: Receipts) -> None:
        self.app = application(STAGE, settings)
        self.outbox = Outbox(settings.kafka, f"streamgauge-{STAGE}")
        self.totals: dict[TP, RewardTotal] = {}
        self._settings = settings
        self._desk = desk
        self._decoders: dict[str, Any] = {
            topic: codec.batch_decoder(kind) for topic, kind in SOURCES.items()
        }
        self._written: dict[TP, int] = {}
        self._commits: dict[TP, int] = {}
        self._unsaved: set[TP] = set()
        self._acquired = asyncio.Condition()
        self._store: RewardStore | None = None
        self._join: LabelJoin | None = None
        for topic in SOURCES:
            self.app.agent(batches(self.app, topic), name=f"{STAGE}-{topic}")(self._feed)
        on_rebalance(self.app, revoked=self._revoked, assigned=self._assigned)
        self.app.task(self._run)

    async def _feed(self, stream: Any) -> None:
        async for event in stream.events():
            tp = TP(event.message.topic, event.message.partition)
            async with self._acquired:
                await self._acquired.wait_for(lambda tp=tp: tp in self.totals)  # type: ignore[misc]  # bound now
            await self._take(tp, event.value)

    async def _take(self, tp: TP, batch: RecordBatch) -> None:
        total = self.totals[tp]
        records = [one for one in batch.records if one.offset >= total.record.next]
        now = int(time.time() * _MS)
        events, rejects, _ = self._decoders[tp.topic]([one.value for one in records])
        bad = [(records[place], reject) for place, reject in rejects if reject.leaves_letter]
        refused = {place for place, _ in rejects}
        places = [place for place in range(len(records)) if place not in refused]
        if tp.topic == "outcomes":
            offsets = [records[place].offset for place in places]
            joined = await self._labels().resolve(events, offsets, partition=tp.partition, now=now)
            if self.totals.get(tp) is not total:
                # The partition went while Redis was asked; who has it now reads the batch again.
                return
            total.count(joined.labels)
            total.record.rejected += len(joined.rejects)
            unproven = [(places[place], reject) for place, reject in joined.rejects]
        else:
            unproven = total.add(events, places, now)
        bad += [(records[place], reject) for place, reject in unproven]
        total.record.rejected += len(rejects)
        for record, reject in bad:
            self.outbox.bury(
                bury(
                    reject,
                    topic=tp.topic,
                    partition=tp.partition,
                    offset=record.offset,
                    value=record.value,
                    key=record.key,
                    append_ts=record.timestamp or 0,
                )
            )
        for gone in batch.skipped:
            if lost := gone.count(total.record.next):
                total.record.rejected += lost
                self.outbox.bury(gone.letter(tp.topic, tp.partition))
        total.record.next = max(total.record.next, batch.next)

    def _write(self) -> None:
        """Put the totals that changed on the state log; their offsets may be committed then."""
        if not self.outbox.settle(SETTLE_S):
            return
        for tp, total in self.totals.items():
            record = total.record
            if self._written.get(tp) == record.next:
                continue
            self._written[tp] = record.next

            def delivered(_offset: int, tp: TP = tp, to: int = record.next) -> None:
                self._commits[tp] = max(self._commits.get(tp, 0), to)
                self._unsaved.add(tp)

            self.outbox.put(
                state_topic(STAGE, tp.topic).name,
                str(tp.partition),
                msgspec.msgpack.encode(record),
                partition=tp.partition,
                delivered=delivered,
            )
        self.outbox.poll()
        if self.outbox.failed:
            log.error("worker stops: a delivery failed", reason=self.outbox.failed)
            os._exit(EX_TEMPFAIL)

    async def _save(self, partitions: Iterable[TP]) -> None:
        """Tell Redis. It may be away: what is not told now is told with the next totals."""
        if self._store is None:
            self._store = RewardStore(self._client())
        for tp in list(partitions):
            if (total := self.totals.get(tp)) is None:
                continue
            try:
                await self._store.put(tp.topic, total.record)
                self._unsaved.discard(tp)
            except RedisError as error:
                log.warning("redis is away; totals wait", error=type(error).__name__)
                return

    def _labels(self) -> LabelJoin:
        if self._join is None:
            self._join = LabelJoin.of(self._settings, self._client())
        return self._join

    def _client(self) -> Any:
        # Made when the loop runs that uses it.
        return redis.from_url(self._settings.redis.url, **self._settings.redis.options())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        refresh_at = loop.time()
        while not self.app.should_stop:
            await asyncio.sleep(self._settings.window.flush)
            self._write()
            commits, self._commits = self._commits, {}
            await commit(self.app, {tp: to for tp, to in commits.items() if tp in self.totals})
            if loop.time() >= refresh_at:
                # Redis may have lost everything; absolute totals make it whole again.
                refresh_at = loop.time() + _REFRESH_S
                self._unsaved.update(self.totals)
            await self._save(sorted(self._unsaved))

    async def _assigned(self, _app: Any, assigned: set[TP], **_: Any) -> None:
        self.totals.clear()
        self._written.clear()
        for tp in sorted(assigned):
            if tp.topic in SOURCES:
                restored = await asyncio.to_thread(self._restore, tp)
                async with self._acquired:
                    self.totals[tp] = RewardTotal(
                        tp.partition, self._desk, self._settings.experiments, restored
                    )
                    self._acquired.notify_all()

    async def _revoked(self, _app: Any, _revoked: set[TP], **_: Any) -> None:
        self._write()
        await asyncio.to_thread(self.outbox.flush, 3.0)
        commits, self._commits = self._commits, {}
        await commit(self.app, commits)
        self.totals.clear()

    def _restore(self, tp: TP) -> RewardRecord | None:
        furthest: RewardRecord | None = None
        topic = state_topic(STAGE, tp.topic).name
        for message in read_back(self._settings.kafka, topic, tp.partition, newest=100):
            try:
                record = msgspec.msgpack.decode(message.value() or b"", type=RewardRecord)
            except codec.UNREADABLE:
                log.error("foreign bytes in a state log", topic=topic, partition=tp.partition)
                continue
            if record.v != VERSION:
                raise UnknownVersionError(f"reward record of version {record.v}, not {VERSION}")
            if furthest is None or record.next >= furthest.next:
                furthest = record
        return furthest
