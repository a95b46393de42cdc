"""How the notifier is: `/health` and `/metrics`, beside whatever else it answers."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping

from aiohttp import web
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from streamgauge.alerting.delivery.gauge import Gauges
from streamgauge.alerting.routing.watchdog import Sight
from streamgauge.settings import InputError

# Without a sign of life from the loop for so long, an orchestrator should restart the process.
_SILENT = 30.0
_CONNECTIONS = 256


def routes(
    gauges: Gauges,
    notifies: Callable[[], bool],
    waiting: Callable[[], Mapping[str, int]],
    sights: Callable[[], Iterable[Sight]],
) -> list[web.RouteDef]:
    """Both routes; `waiting` counts the notices of each channel that are not settled.

    `sights` says how long ago merge and judge were heard of.
    """

    async def health(_request: web.Request) -> web.Response:
        silent = time.monotonic() - gauges.polled
        alive = silent < _SILENT
        body = {
            "status": "ok" if alive else "stuck",
            "notifies": notifies(),
            "waiting": dict(waiting()),
            "seconds_since_poll": round(silent, 1),
        }
        return web.json_response(body, status=200 if alive else 503)

    async def metrics(_request: web.Request) -> web.Response:
        gauges.wait(waiting())
        gauges.watch(sights())
        return web.Response(
            body=generate_latest(gauges.registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    return [web.get("/health", health), web.get("/metrics", metrics)]


class Door:
    """Where requests come in; `most` connections at a time, above that the oldest is closed.

    Connections that ask nothing would else take all descriptors, and nobody could be told.
    """

    def __init__(self, app: web.Application, most: int = _CONNECTIONS) -> None:
        self._runner = web.AppRunner(app, access_log=None)
        self._most = most
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> None:
        """Answer from now on; OSError if the port is taken."""
        await self._runner.setup()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._let_in, host, port)

    async def cleanup(self) -> None:
        """Answer no more."""
        if self._server is not None:
            self._server.close()
        await self._runner.cleanup()

    def _let_in(self) -> asyncio.Protocol:
        server = self._runner.server
        if server is None:
            raise ConnectionAbortedError("this door is closed")
        here = server.connections
        for oldest in here[: max(0, len(here) - self._most + 1)]:
            oldest.force_close()
        return server()


async def listen(host: str, port: int, app: web.Application) -> Door:
    """Answer; the caller cleans up. An `InputError` names a port that is taken."""
    door = Door(app)
    try:
        await door.open(host, port)
    except OSError as error:
        await door.cleanup()
        raise InputError(f"alerting.host, alerting.port: {host}:{port}: {error.strerror}") from None
    return door
