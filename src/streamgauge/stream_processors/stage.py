"""Ties the keepers of a stage to its Faust app: what they are fed and own, when they write, commit.

A flush makes figures visible, so it waits for nobody; what asks the broker is a task of its own.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import faust
from faust.types import TP

from streamgauge.logs import log
from streamgauge.stream_processors.application import batches, on_rebalance
from streamgauge.stream_processors.kept_partition import End
from streamgauge.stream_processors.partition_keeper import PartitionKeeper

AnyKeeper = PartitionKeeper[Any, Any]
_TRIM_EVERY_S = 60.0


def attach(
    app: faust.App, stage: str, keepers: Mapping[str, AnyKeeper], *, flush_every: float
) -> None:
    """Feed each keeper its topic, and hand it partitions as the group hands them out.

    While the app runs, each is flushed every `flush_every` seconds.
    """
    tied = _Stage(app, keepers, flush_every)
    for topic, keeper in keepers.items():
        keeper.rewind = tied.rewind
        app.agent(batches(app, topic), name=f"{stage}-{topic}")(_feed(keeper))
    on_rebalance(app, revoked=tied.revoked, assigned=tied.assigned)
    app.task(tied.flush)
    app.task(tied.keep_house)


class _Stage:
    def __init__(self, app: faust.App, keepers: Mapping[str, AnyKeeper], every: float) -> None:
        self._app = app
        self._keepers = keepers
        self._every = every
        # Of two commits under way at once, the older could be the one that stays.
        self._turn = asyncio.Lock()

    async def revoked(self, _app: Any, gone: set[TP], **_: Any) -> None:
        for topic, keeper in self._keepers.items():
            partitions = _of(topic, gone)
            await keeper.release(partitions)
            await self._commit(keeper)
            keeper.forget(partitions)

    async def assigned(self, _app: Any, come: set[TP], **_: Any) -> None:
        for topic, keeper in self._keepers.items():
            keeper.forget()
            await keeper.acquire(_of(topic, come))

    async def rewind(self, offsets: dict[TP, int]) -> None:
        async with self._turn:
            await commit(self._app, offsets)

    async def flush(self) -> None:
        while not self._app.should_stop:
            await asyncio.sleep(self._every)
            for topic, keeper in self._keepers.items():
                keeper.flush(ends(self._app, topic))

    async def keep_house(self) -> None:
        loop = asyncio.get_running_loop()
        trim_at = loop.time() + _TRIM_EVERY_S
        while not self._app.should_stop:
            await asyncio.sleep(self._every)
            for keeper in self._keepers.values():
                await self._commit(keeper)
                await keeper.watch()
            if loop.time() >= trim_at:
                trim_at = loop.time() + _TRIM_EVERY_S
                for keeper in self._keepers.values():
                    await keeper.trim()

    async def _commit(self, keeper: AnyKeeper) -> None:
        async with self._turn:
            await commit(self._app, keeper.commits())


def _feed(keeper: AnyKeeper) -> Callable[[Any], Awaitable[None]]:
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
    # Without this hook nothing would ever be committed: whoever asks for it must end.
    send = consumer._thread.commit  # noqa: SLF001 held by test_transport.py
    try:
        await send(offsets)
    except Exception as error:
        # A commit is an optimisation: the next one covers it, and a restart reads more.
        log.error("commit failed", error=repr(error))


def ends(app: faust.App, topic: str) -> Callable[[int], End | None]:
    """The end of each partition of a topic, as far as a fetch has told it."""
    consumer: Any = app.consumer

    def end(partition: int) -> End | None:
        tp = TP(topic, partition)
        if tp not in consumer.assignment():
            return None
        # The fetch first: an end that is newer than its fetch proves no more than it says. Its time
        # is that of this machine, so it only tells one fetch from another.
        at = consumer._thread._ensure_consumer().last_poll_timestamp(tp)  # noqa: SLF001 as above
        found = consumer.highwater(tp)
        return None if found is None or at is None else End(int(found), int(at))

    return end
