"""`/api/v2/silences` and `/api/v2/silence/{id}`."""

import logging

from aiohttp import web

from streamgauge.alerting.api import filter as query
from streamgauge.alerting.api.body import read
from streamgauge.alerting.api.guard import json, sender
from streamgauge.alerting.api.office import Office
from streamgauge.alerting.api.refusal import RefusedError
from streamgauge.alerting.api.silence import PostedSilence, expire, order, put, shown
from streamgauge.alerting.instant import show
from streamgauge.alerting.matcher import match_all, read_matcher
from streamgauge.contracts.alert import Silence

_log = logging.getLogger(__name__)
MOST = 10_000


class SilenceRoutes:
    """The handlers."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/v2/silences", self.show_list),
            web.post("/api/v2/silences", self.put),
            web.get("/api/v2/silence/{id}", self.show),
            web.delete("/api/v2/silence/{id}", self.expire),
        ]

    async def show_list(self, request: web.Request) -> web.Response:
        """All silences that are known, those that hold first."""
        wanted = query.matchers(request.query.getall("filter", []))
        now = self._office.clock()
        found = [one for one in self._known().values() if match_all(wanted, _values(one))]
        return json([shown(one, now) for one in sorted(found, key=lambda one: order(one, now))])

    async def show(self, request: web.Request) -> web.Response:
        """One silence; 404 if there is none."""
        silence = self._known().get(request.match_info["id"])
        if silence is None:
            return web.Response(status=404)
        return json(shown(silence, self._office.clock()))

    async def put(self, request: web.Request) -> web.Response:
        """Make or change one; the answer has its id."""
        asked = await read(request, PostedSilence)
        known = self._known()
        if len(known) >= MOST and asked.id not in known:
            raise RefusedError(400, f"at most {MOST} silences are kept at a time")
        records = put(asked, known, self._office.clock())
        for record in records:
            await self._write(request, record)
        return json({"silenceID": records[-1].id})

    async def expire(self, request: web.Request) -> web.Response:
        """End one; one that is over stays as it is."""
        silence = self._known().get(request.match_info["id"])
        if silence is None:
            # Alertmanager's own status for it.
            raise RefusedError(500, "silence not found")
        if over := expire(silence, self._office.clock()):
            await self._write(request, over)
        return web.Response()

    def _known(self) -> dict[str, Silence]:
        return {one.id: one for one in self._office.dispatcher().silences()}

    async def _write(self, request: web.Request, silence: Silence) -> None:
        await self._office.desk.put_silence(silence)
        _log.info(
            "silence %s (%r) by %r from %s: %s to %s, %r",
            silence.id,
            silence.matchers,
            silence.created_by,
            sender(request),
            show(silence.starts_at),
            show(silence.ends_at),
            silence.comment,
        )


def _values(silence: Silence) -> dict[str, str]:
    """What a filter looks at in a silence: the values of its matchers, as Alertmanager does."""
    return {one.label: one.value for one in map(read_matcher, silence.matchers)}
