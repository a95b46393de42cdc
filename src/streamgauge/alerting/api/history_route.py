"""`/api/v2/history` and `/api/v2/alerts/{fingerprint}/explain`: who was told, and why not."""

import asyncio

from aiohttp import web

from streamgauge.alerting import duration
from streamgauge.alerting.api import history
from streamgauge.alerting.api.alert_name import read_name
from streamgauge.alerting.api.guard import json
from streamgauge.alerting.api.office import Office
from streamgauge.alerting.api.refusal import RefusedError

_DAY = "1d"
_UNKNOWN = "no alert with this fingerprint fires or has just ended; history may know it"


class HistoryRoutes:
    """The handlers."""

    def __init__(self, office: Office) -> None:
        self._office = office
        # A long history is a lot to read: one at a time.
        self._turn = asyncio.Lock()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/v2/history", self.show),
            web.get("/api/v2/alerts/{fingerprint}/explain", self.explain),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Notices of the last day (or of `since`, for example `1h`), the newest first."""
        asked = request.query
        now = self._office.clock()
        try:
            since = now - duration.milliseconds(asked.get("since", _DAY))
        except ValueError as error:
            raise RefusedError(400, f"since: {error}") from None
        async with self._turn:
            told = history.tellings(await self._office.desk.history(since))
        chosen = history.select(
            told,
            since=since,
            fingerprint=asked.get("fingerprint"),
            group=asked.get("group"),
            receiver=asked.get("receiver"),
        )
        return json([one for one, _ in zip(chosen, range(history.MOST), strict=False)])

    async def explain(self, request: web.Request) -> web.Response:
        """Which routes it takes, what mutes it, and what happens next."""
        fingerprint, _ = read_name(request.match_info["fingerprint"])
        explained = self._office.dispatcher().explain(fingerprint, self._office.clock())
        if explained is None:
            raise RefusedError(404, _UNKNOWN)
        return json(explained)
