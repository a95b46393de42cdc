"""The heartbeats of the service: alive, which models are loaded, how busy, how big."""

import asyncio
from typing import Protocol

import structlog

from streamgauge.models.flow import Flows
from streamgauge.models.follower import Follower
from streamgauge.models.process import Cores, memory
from streamgauge.models.service import Service
from streamgauge.producers.client import Counters

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Speaker(Protocol):
    """What a pulse needs of `producers.client.Client`."""

    @property
    def counters(self) -> Counters: ...

    def heartbeat(self, *, healthy: bool = True, **fields: object) -> bool: ...


class Pulse:
    """Sends a heartbeat every few seconds, and learns from their delivery whether Kafka answers.

    `kafka` is None until the first heartbeat had the time to arrive.
    """

    def __init__(
        self, service: Service, client: Speaker, follower: Follower | None, every: float
    ) -> None:
        self._service = service
        self._client = client
        self._follower = follower
        self._every = every
        self._cores = Cores()
        self._flows = Flows()
        self._sent: int | None = None
        self.kafka: bool | None = None

    async def run(self) -> None:
        """Beat until cancelled; silent while a drill has the service down."""
        while True:
            if not self._service.down:
                self._notice(self._client.counters.sent)
                self.beat()
            await asyncio.sleep(self._every)

    def beat(self) -> None:
        """Send one heartbeat."""
        shelf = self._service.shelf
        self._client.heartbeat(
            healthy=self._service.healthy,
            models=shelf.loaded(),
            cache=self._follower.reachable if self._follower else None,
            fallback=any(served.fallback for served in shelf.defaults()),
            queue_depth=self._service.queue_depth,
            in_flight=self._service.in_flight,
            cpu=self._cores.take(),
            memory=memory(),
            **self._flows.take(),
        )

    def _notice(self, sent: int) -> None:
        """Between two heartbeats at least the first must have arrived."""
        if self._sent is not None:
            answers = sent > self._sent
            if answers != self.kafka and not (answers and self.kafka is None):
                log.warning("Kafka answers again" if answers else "Kafka does not answer")
            self.kafka = answers
        self._sent = sent
