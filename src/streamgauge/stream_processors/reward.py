"""The stage `reward`: outcomes and feedback in, absolute totals of every arm out, to Redis."""

import asyncio

import redis.asyncio as redis
from faust.types import TP
from redis.exceptions import RedisError

from streamgauge.contracts.receipt import Receipts
from streamgauge.logs import log
from streamgauge.settings import Settings
from streamgauge.stream_processors.application import application
from streamgauge.stream_processors.label_join import LabelJoin
from streamgauge.stream_processors.outbox import Outbox
from streamgauge.stream_processors.reward_keeper import STAGE, RewardKeeper
from streamgauge.stream_processors.reward_kept import Counted
from streamgauge.stream_processors.reward_store import RewardStore
from streamgauge.stream_processors.stage import attach

SOURCES = ("outcomes", "feedback")
_REFRESH_S = 10.0


class Reward:
    """The Faust app of the stage: one agent and one keeper a source topic.

    `trims` says that the broker can delete records, which the embedded one cannot.
    """

    def __init__(self, settings: Settings, desk: Receipts, *, trims: bool) -> None:
        self.app = application(STAGE, settings)
        self.keepers: dict[str, RewardKeeper] = {}
        self._flush_every = settings.window.flush
        outbox = Outbox(settings.kafka, f"streamgauge-{STAGE}")
        client = redis.from_url(settings.redis.url, **settings.redis.options())
        self._store = RewardStore(client)
        self._told: dict[TP, tuple[str, int]] = {}
        join = LabelJoin.of(settings, client)
        for topic in SOURCES:
            self.keepers[topic] = RewardKeeper(settings, topic, outbox, desk, join, trims=trims)
        attach(self.app, STAGE, self.keepers, flush_every=self._flush_every)
        self.app.task(self._tell)

    async def _tell(self) -> None:
        """Tell Redis what counts. It may be away: what is not told now is told with the next."""
        loop = asyncio.get_running_loop()
        refresh_at = loop.time() + _REFRESH_S
        while not self.app.should_stop:
            await asyncio.sleep(self._flush_every)
            if loop.time() >= refresh_at:
                # Redis may have lost everything; absolute totals make it whole again.
                refresh_at = loop.time() + _REFRESH_S
                self._told.clear()
            try:
                for tp, counted in self._counted().items():
                    if self._told.get(tp) != (counted.topic_id, counted.next):
                        await self._store.put(tp.topic, tp.partition, counted)
                        self._told[tp] = (counted.topic_id, counted.next)
            except RedisError as error:
                log.warning("redis is away; totals wait", error=repr(error))

    def _counted(self) -> dict[TP, Counted]:
        return {
            TP(topic, partition): kept.counted
            for topic, keeper in self.keepers.items()
            for partition, kept in keeper.kept.items()
        }
