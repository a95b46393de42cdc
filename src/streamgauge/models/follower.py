"""Keeps the snapshot of allocations fresh from Redis, beside the requests, never in their way."""

import asyncio

import msgspec
import redis.asyncio
import redis.asyncio.connection
import structlog
from redis.exceptions import RedisError

from streamgauge.contracts.allocation import Allocation
from streamgauge.models.assignment import Assignment
from streamgauge.settings import Redis, SettingsError

log: structlog.stdlib.BoundLogger = structlog.get_logger()

CHANNEL = "streamgauge:allocations"
POLL_SECONDS = 1.0
MOST_BACKOFF = 5.0


def key(experiment: str) -> str:
    """Where Redis holds the allocation of an experiment."""
    return f"streamgauge:allocation:{experiment}"


class Follower:
    """Polls every second and at once when the allocator announces a change.

    `reachable` is None before the first try. Without Redis the last snapshot holds; retries wait
    0.5 s, 1 s, 2 s … 5 s, and the log says once that Redis went and once that it is back.
    """

    def __init__(self, settings: Redis, assignment: Assignment) -> None:
        self._settings = settings
        self._assignment = assignment
        self.reachable: bool | None = None
        self._refused: set[str] = set()
        try:
            redis.asyncio.connection.parse_url(settings.url)
        except ValueError as error:
            raise SettingsError(f"redis.url: {error}") from None

    async def run(self) -> None:
        """Follow until cancelled."""
        wait = 0.5
        while True:
            try:
                await self._follow()
            except (RedisError, OSError) as error:
                if self.reachable is not False:
                    log.warning("Redis is away, the last allocation holds", error=str(error))
                    wait = 0.5
                self.reachable = False
            await asyncio.sleep(wait)
            wait = min(wait * 2, MOST_BACKOFF)

    async def _follow(self) -> None:
        store = redis.asyncio.from_url(
            self._settings.url,
            socket_connect_timeout=2.0,
            socket_timeout=3.0,
            **self._settings.options(),
        )
        async with store, store.pubsub() as channel:
            await channel.subscribe(CHANNEL)
            while True:
                await self._poll(store)
                if not self.reachable:
                    log.info("following allocations", experiments=self._assignment.experiments)
                self.reachable = True
                await channel.get_message(ignore_subscribe_messages=True, timeout=POLL_SECONDS)

    async def _poll(self, store: "redis.asyncio.Redis") -> None:
        names = self._assignment.experiments
        for name, raw in zip(names, await store.mget([key(name) for name in names]), strict=True):
            if raw is None:
                continue
            try:
                fresh = self._assignment.apply(msgspec.json.decode(raw, type=Allocation))
            except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
                if name not in self._refused:
                    log.warning("allocation refused, the last one holds", error=str(error))
                self._refused.add(name)
                continue
            self._refused.discard(name)
            if fresh:
                version, weights = self._assignment.current()[name]
                log.info("new allocation", experiment=name, version=version, weights=weights)
