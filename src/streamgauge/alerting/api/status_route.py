"""`/api/v2/status`, `/api/v2/receivers`, and what probes and operators ask: `/-/ready`, reload."""

import logging

from aiohttp import web

from streamgauge.alerting.api.guard import json, sender
from streamgauge.alerting.api.office import Office
from streamgauge.alerting.api.status import status

_log = logging.getLogger(__name__)


class StatusRoutes:
    """The handlers."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/v2/status", self.status),
            web.get("/api/v2/receivers", self.receivers),
            web.get("/-/ready", self.ready),
            web.get("/-/healthy", self.healthy),
            web.post("/-/reload", self.reload),
        ]

    async def status(self, _request: web.Request) -> web.Response:
        """Which configuration is in force, since when."""
        return json(status(self._office.desk.configuration(), self._office.started))

    async def receivers(self, _request: web.Request) -> web.Response:
        """The names of all receivers."""
        return json([{"name": name} for name in self._office.desk.plan().receivers])

    async def ready(self, _request: web.Request) -> web.Response:
        """Whether this notifier tells people; a second one that waits is not ready."""
        self._office.dispatcher()
        return web.Response(text="OK")

    async def healthy(self, _request: web.Request) -> web.Response:
        """Whether the process answers."""
        return web.Response(text="OK")

    async def reload(self, request: web.Request) -> web.Response:
        """Read the configuration anew; what is wrong is the answer, and then the old one holds."""
        _log.info("reload asked for from %s", sender(request))
        if wrong := await self._office.desk.reload():
            return web.Response(status=500, text=f"failed to reload config: {wrong}\n")
        return web.Response()
