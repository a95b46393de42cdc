"""Reads a topic in order, record by record, and commits what its results have been delivered for.

For the stages whose state is small and comes back by reading: `judge` and `detect`.
"""

import asyncio
import os
from typing import Any, Protocol

import faust
from confluent_kafka import KafkaException
from faust.types import TP

from streamgauge.contracts.dead_letter import bury
from streamgauge.contracts.refusal import explain
from streamgauge.logs import log
from streamgauge.settings import Settings
from streamgauge.stream_processors.application import EX_TEMPFAIL, application, group, on_rebalance
from streamgauge.stream_processors.batch_fetch import SERIALIZER, carry_batches
from streamgauge.stream_processors.outbox import Outbox
from streamgauge.stream_processors.read_back import committed
from streamgauge.stream_processors.stage import commit

_COMMIT_EVERY_S = 0.5


class Follower(Protocol):
    """What a stage does with one partition of its topic."""

    def step(self, value: bytes, offset: int) -> None:
        """One record; results go to the stage's outbox."""


class Stage(Protocol):
    """Makes followers."""

    name: str
    topic: str
    outbox: Outbox

    def follow(self, partition: int, committed: int) -> Follower:
        """The follower of a partition, with the state that it had at `committed`. Blocks."""


class Ordered:
    """The Faust app that feeds the followers of a stage."""

    def __init__(self, settings: Settings, stage: Stage) -> None:
        self.app: faust.App = application(stage.name, settings)
        self.records = 0
        self.rejected = 0
        self._stage = stage
        self._kafka = settings.kafka
        self._followers: dict[int, Follower] = {}
        self._next: dict[int, int] = {}
        self._committed: dict[int, int] = {}
        self._acquired = asyncio.Condition()
        carry_batches(stage.topic)
        topic = self.app.topic(
            stage.topic, key_serializer=SERIALIZER, value_serializer=SERIALIZER, acks=False
        )
        self.app.agent(topic, name=stage.name)(self._feed)
        on_rebalance(self.app, revoked=self._revoked, assigned=self._assigned)
        self.app.task(self._run)

    async def _feed(self, stream: Any) -> None:
        async for event in stream.events():
            await self._take(event.message.partition, event.value)

    async def _take(self, partition: int, batch: Any) -> None:
        async with self._acquired:
            await self._acquired.wait_for(lambda: partition in self._followers)
        follower = self._followers[partition]
        for record in batch.records():
            # What stood before the commit was followed while the state was restored.
            if record.offset >= self._next[partition] and record.value is not None:
                self._step(follower, partition, record)
        self._next[partition] = max(self._next[partition], batch.next)

    def _step(self, follower: Follower, partition: int, record: Any) -> None:
        self.records += 1
        try:
            follower.step(record.value, record.offset)
        except KafkaException as error:
            # Faust would drop the rest of the batch and go on.
            log.error("worker stops: the outbox refused", reason=repr(error))
            os._exit(EX_TEMPFAIL)
        except Exception as error:
            # Somebody else wrote here, or a record breaks us. The partition goes on, and the bytes
            # are kept.
            self.rejected += 1
            letter = bury(
                explain(error, record.value or b""),
                topic=self._stage.topic,
                partition=partition,
                offset=record.offset,
                value=record.value,
                key=record.key,
                append_ts=record.timestamp or 0,
            )
            self._stage.outbox.bury(letter)
            log.warning(
                "unreadable record",
                topic=letter.topic,
                offset=letter.offset,
                error=type(error).__name__,
            )

    async def _assigned(self, _app: Any, assigned: set[TP], **_: Any) -> None:
        self._followers.clear()
        for tp in sorted(assigned):
            if tp.topic == self._stage.topic:
                at = await asyncio.to_thread(
                    committed, self._kafka, group(self._stage.name), tp.topic, tp.partition
                )
                follower = await asyncio.to_thread(self._stage.follow, tp.partition, at)
                async with self._acquired:
                    self._next[tp.partition] = self._committed[tp.partition] = at
                    self._followers[tp.partition] = follower
                    self._acquired.notify_all()

    async def _revoked(self, _app: Any, _partitions: set[TP], **_: Any) -> None:
        await self._commit()
        self._followers.clear()

    async def _run(self) -> None:
        while not self.app.should_stop:
            await asyncio.sleep(_COMMIT_EVERY_S)
            await self._commit()

    async def _commit(self) -> None:
        reached = {p: self._next[p] for p in self._followers if self._next[p] > self._committed[p]}
        # Everything that these records caused is in the outbox by now; Kafka must have it first.
        delivered = await asyncio.to_thread(self._stage.outbox.flush, 10.0)
        if self._stage.outbox.failed:
            log.error("worker stops: a delivery failed", reason=self._stage.outbox.failed)
            os._exit(EX_TEMPFAIL)
        if delivered and reached:
            await commit(self.app, {TP(self._stage.topic, p): to for p, to in reached.items()})
            self._committed |= reached
