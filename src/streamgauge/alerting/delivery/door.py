"""Where the notifier's requests come in, with room for those that ask something."""

import asyncio

from aiohttp import web

from streamgauge.settings import InputError

_CONNECTIONS = 256


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
