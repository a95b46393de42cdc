"""The stage `measure`: events in, totals of open windows out, per source partition."""

import asyncio
import gc

import redis.asyncio as redis

from streamgauge.logs import log
from streamgauge.metrics import gather
from streamgauge.metrics.schema import Grids
from streamgauge.settings import Settings
from streamgauge.stream_processors.application import application
from streamgauge.stream_processors.keeper import STAGE, Keeper
from streamgauge.stream_processors.label_join import LabelJoin
from streamgauge.stream_processors.outbox import Outbox
from streamgauge.stream_processors.source import SOURCES
from streamgauge.stream_processors.stage import attach

_LOOK_EVERY_S = 10.0


class Measure:
    """The Faust app of the stage: one agent and one keeper a source topic.

    `trims` says that the broker can delete records, which the embedded one cannot.
    """

    def __init__(self, settings: Settings, grids: Grids | None = None, *, trims: bool) -> None:
        self.app = application(STAGE, settings, settings.worker.generation)
        self.keepers: dict[str, Keeper] = {}
        # Entries of the label store by kind, as they were last looked at.
        self.remembered: dict[str, int] = {}
        outbox = Outbox(settings.kafka, f"streamgauge-{STAGE}")
        store = redis.from_url(settings.redis.url, **settings.redis.options())
        self._join = join = LabelJoin.of(settings, store)
        for name, source in SOURCES.items():
            self.keepers[name] = Keeper(
                settings, source, outbox, trims=trims, join=join, grids=grids
            )
        attach(self.app, STAGE, self.keepers, flush_every=settings.window.flush)
        self.app.task(self._start)
        self.app.task(self._look_at_labels)

    async def _start(self) -> None:
        if gather.kernel is None:
            log.warning("no kernel in C: measure sums in Python, at half the speed")
        # Events are dictionaries without cycles, thousands at a time: looking for cycles among them
        # took a sixth of all time. What stands now stays.
        gc.freeze()
        gc.set_threshold(100_000, 20, 20)

    async def _look_at_labels(self) -> None:
        # A task of its own: while Redis is away, only this waits.
        while not self.app.should_stop:
            self.remembered = await self._join.made()
            await asyncio.sleep(_LOOK_EVERY_S)
