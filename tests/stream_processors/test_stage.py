"""A keeper that is tied to its Faust app, on a real broker whose answers can be held back."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from faust.types import TP
from tests.stream_processors.test_keeper import produce
from tests.stream_processors.test_measure import prediction

from streamgauge.contracts.codec import encode
from streamgauge.settings import Settings
from streamgauge.stream_processors.application import application, group
from streamgauge.stream_processors.keeper import STAGE, Keeper
from streamgauge.stream_processors.outbox import Outbox
from streamgauge.stream_processors.read_back import committed
from streamgauge.stream_processors.source import SOURCES
from streamgauge.stream_processors.stage import attach

pytestmark = pytest.mark.kafka
PLACE = TP("predictions", 0)


class Noting(Keeper):
    """A keeper that notes when it has written down what goes."""

    released = False

    async def release(self, partitions: Iterable[int]) -> None:
        await super().release(partitions)
        self.released |= 0 in partitions


class Stage:
    """A running app with one keeper; its commits reach the broker while `gate` is open."""

    def __init__(self, settings: Settings) -> None:
        self.app: Any = application(STAGE, settings)
        outbox = Outbox(settings.kafka, "test")
        self.keeper = Noting(settings, SOURCES[PLACE.topic], outbox, trims=False)
        self.gate = asyncio.Event()
        self.asked: list[int] = []
        attach(self.app, STAGE, {PLACE.topic: self.keeper}, flush_every=0.05)

    def counted(self) -> int:
        """Up to where the state log is known to count; -1 of a partition that is not ours."""
        return self.keeper.kept[0].held.counted if 0 in self.keeper.kept else -1

    async def start(self) -> None:
        await self.app.start()
        thread = self.app.consumer._thread
        send = thread.commit

        async def commit(offsets: dict[TP, int]) -> object:
            self.asked.append(offsets[PLACE])
            await self.gate.wait()
            return await send(offsets)

        thread.commit = commit


async def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.02)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Stage]:
    stage = Stage(settings)
    try:
        await stage.start()
        await until(lambda: stage.counted() == 0, "the partition is ours")
        yield stage
    finally:
        stage.gate.set()
        await stage.app.stop()
        stage.keeper.close()


async def test_figures_wait_for_no_commit_and_commits_wait_for_each_other(
    deployment: Settings,
) -> None:
    values = [encode(prediction(number)) for number in range(10)]
    async with running(deployment) as stage:
        await asyncio.to_thread(produce, deployment, values[:5])
        await until(lambda: stage.asked == [5], "a commit is under way")
        await asyncio.to_thread(produce, deployment, values[5:])
        await until(lambda: stage.counted() == 10, "what came meanwhile counts")
        going = asyncio.create_task(stage.app.on_partitions_revoked.send({PLACE}))
        await until(lambda: stage.keeper.released, "all is written down")
        # It would overtake the first on its way to the broker.
        assert stage.asked == [5]
        stage.gate.set()
        await going
        assert stage.asked == [5, 10]
        assert stage.counted() == -1
        place = deployment.kafka, group(STAGE), PLACE.topic, PLACE.partition
        assert await asyncio.to_thread(committed, *place) == 10
