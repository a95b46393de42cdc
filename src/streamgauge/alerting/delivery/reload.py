"""The configuration read anew: once at a time, and a wrong file changes nothing."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from streamgauge.alerting.configuration import Configuration
from streamgauge.alerting.delivery.gauge import Gauges
from streamgauge.settings import InputError

_log = logging.getLogger(__name__)


class Reload:
    """Reads, and hands over what is right; what was read last is what holds.

    Whoever takes it may still refuse it by an InputError, before anything has changed.
    """

    def __init__(
        self,
        read: Callable[[], Configuration],
        take: Callable[[Configuration], Awaitable[None]],
        gauges: Gauges,
    ) -> None:
        self._read, self._take, self._gauges = read, take, gauges
        self._turn = asyncio.Lock()
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Read it soon; however often that is asked meanwhile, once more is enough."""
        self._asked.set()

    async def follow(self) -> None:
        """Do what is asked, until cancelled."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            await self.now()

    async def now(self) -> str | None:
        """Read it; returns what is wrong with it, and then the old one holds."""
        async with self._turn:
            try:
                await self._take(await asyncio.to_thread(self._read))
            except InputError as error:
                self._gauges.reloads.labels("failed").inc()
                _log.error("the configuration is wrong, so the old one holds: %s", error)
                return str(error)
            except Exception as error:
                # A fault of ours may neither end the process that tells people nor be silent.
                self._gauges.reloads.labels("failed").inc()
                _log.exception("the configuration cannot be read, so the old one holds")
                return type(error).__name__
            self._gauges.reloads.labels("done").inc()
            _log.info("the configuration was read anew")
            return None
