"""Ties the keepers of a stage to its Faust app: what they are fed, own, and commit."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, NoReturn, Protocol

import faust
from faust.types import TP

from streamgauge.logs import log
from streamgauge.stream_processors.application import batches, on_rebalance
from streamgauge.stream_processors.kept import End
from streamgauge.stream_processors.record_batch import RecordBatch
from streamgauge.stream_processors.takeover import Rewind


class Keeping(Protocol):
    """Keeps the partitions of one source topic: restores, feeds and writes their sums."""

    # Commits offsets of its own; `attach` puts the consumer of the app here.
    rewind: Rewind

    async def acquire(self, partitions: Iterable[int]) -> None:
        """Take partitions over."""

    async def release(self, partitions: Iterable[int]) -> dict[TP, int]:
        """Write down what is there before partitions go; returns what may be committed."""

    def forget(self, partitions: Iterable[int] | None = None) -> None:
        """Drop the state of partitions that are no longer ours, or of all."""

    async def take(self, partition: int, batch: RecordBatch) -> None:
        """Add a batch to its partition."""

    def stop(self, reason: str) -> NoReturn:
        """End this process at once."""


def attach(app: faust.App, stage: str, keepers: Mapping[str, Keeping]) -> None:
    """Feed each keeper its topic, and hand it partitions as the group hands them out."""

    async def revoked(_app: Any, gone: set[TP], **_: Any) -> None:
        for topic, keeper in keepers.items():
            partitions = _of(topic, gone)
            await commit(app, await keeper.release(partitions))
            keeper.forget(partitions)

    async def assigned(_app: Any, come: set[TP], **_: Any) -> None:
        for topic, keeper in keepers.items():
            keeper.forget()
            await keeper.acquire(_of(topic, come))

    async def rewind(offsets: dict[TP, int]) -> None:
        await commit(app, offsets)

    for topic, keeper in keepers.items():
        keeper.rewind = rewind
        app.agent(batches(app, topic), name=f"{stage}-{topic}")(_feed(keeper))
    on_rebalance(app, revoked=revoked, assigned=assigned)


def _feed(keeper: Keeping) -> Callable[[Any], Awaitable[None]]:
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
