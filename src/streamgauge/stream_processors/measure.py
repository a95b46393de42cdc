"""The stage `measure`: events in, totals of open windows out, per source partition."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import faust
import redis.asyncio as redis
from faust.types import TP

from streamgauge.logs import log
from streamgauge.settings import Settings
from streamgauge.stream_processors.application import application, batches, on_rebalance
from streamgauge.stream_processors.keeper import Keeper
from streamgauge.stream_processors.kept import End
from streamgauge.stream_processors.label_join import LabelJoin
from streamgauge.stream_processors.outbox import Outbox
from streamgauge.stream_processors.source import SOURCES

STAGE = "measure"
_TRIM_EVERY_S = 60.0


class Measure:
    """The Faust app of the stage: one agent and one keeper a source topic.

    `trims` says that the broker can delete records, which the embedded one cannot.
    """

    def __init__(self, settings: Settings, *, trims: bool) -> None:
        self.app = application(STAGE, settings, settings.worker.generation)
        self.keepers: dict[str, Keeper] = {}
        self._flush_every = settings.window.flush
        outbox = Outbox(settings.kafka, f"streamgauge-{STAGE}")
        store = redis.from_url(settings.redis.url, **settings.redis.options())
        join = LabelJoin.of(settings, store)
        for name, source in SOURCES.items():
            keeper = self.keepers[name] = Keeper(settings, source, outbox, trims=trims, join=join)
            keeper.rewind = partial(commit, self.app)
            self.app.agent(batches(self.app, name), name=f"{STAGE}-{name}")(_feed(keeper))
        on_rebalance(self.app, revoked=self._revoked, assigned=self._assigned)
        self.app.task(self._run)

    async def _revoked(self, _app: Any, revoked: set[TP], **_: Any) -> None:
        for name, keeper in self.keepers.items():
            partitions = _of(name, revoked)
            await commit(self.app, await keeper.release(partitions))
            keeper.forget(partitions)

    async def _assigned(self, _app: Any, assigned: set[TP], **_: Any) -> None:
        for name, keeper in self.keepers.items():
            keeper.forget(list(keeper.kept))
            await keeper.acquire(_of(name, assigned))

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        trim_at = loop.time() + _TRIM_EVERY_S
        while not self.app.should_stop:
            await asyncio.sleep(self._flush_every)
            for name, keeper in self.keepers.items():
                await commit(self.app, keeper.flush(ends(self.app, name)))
            if loop.time() >= trim_at:
                trim_at = loop.time() + _TRIM_EVERY_S
                for keeper in self.keepers.values():
                    await keeper.trim()


def _feed(keeper: Keeper) -> Callable[[Any], Awaitable[None]]:
    async def feed(stream: Any) -> None:
        async for event in stream.events():
            try:
                await keeper.take(event.message.partition, event.value)
            except Exception as error:
                # Faust would drop the rest of the batch and start the agent again.
                log.exception("a batch broke us")
                keeper.stop(repr(error))

    return feed


def _of(topic: str, partitions: set[TP]) -> list[int]:
    return [tp.partition for tp in partitions if tp.topic == topic]


async def commit(app: faust.App, offsets: dict[TP, int]) -> None:
    """Commit offsets of our own: Faust would commit what its agents acknowledged."""
    if not offsets:
        return
    consumer: Any = app.consumer
    try:
        await consumer._thread.commit(offsets)  # noqa: SLF001 held by test_measure.py
    except Exception as error:
        # A commit is an optimisation: the next one covers it, and a restart reads more.
        log.warning("commit failed", error=repr(error))


def ends(app: faust.App, topic: str) -> Callable[[int], End | None]:
    """The end of each partition of a topic, as far as a fetch has told it."""
    consumer: Any = app.consumer

    def end(partition: int) -> End | None:
        tp = TP(topic, partition)
        if tp not in consumer.assignment():
            return None
        # The time first: an end that is newer than its time proves no more than it says.
        at = consumer._thread._ensure_consumer().last_poll_timestamp(tp)  # noqa: SLF001 see commit
        found = consumer.highwater(tp)
        return None if found is None or at is None else End(int(found), int(at))

    return end
