"""`/api/v2/alerts/{fingerprint}/ack` and `/api/v2/acks`: who takes care of what."""

from aiohttp import web

from streamgauge.alerting.api.acknowledgement import PostedAck, acknowledge, shown, withdraw
from streamgauge.alerting.api.alert_name import read_name
from streamgauge.alerting.api.body import read
from streamgauge.alerting.api.guard import json, sender
from streamgauge.alerting.api.office import Office
from streamgauge.alerting.api.refusal import RefusedError
from streamgauge.contracts.alert import Ack

_PATH = "/api/v2/alerts/{fingerprint}/ack"


class AckRoutes:
    """The handlers."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(_PATH, self.put),
            web.delete(_PATH, self.withdraw),
            web.get("/api/v2/acks", self.show_list),
        ]

    async def put(self, request: web.Request) -> web.Response:
        """Acknowledge the episode that fires now; 409 if another one was meant."""
        asked = await read(request, PostedAck)
        fingerprint, episode = read_name(request.match_info["fingerprint"])
        now = self._office.clock()
        ack = acknowledge(asked.meaning(episode), self._office.alert(fingerprint), now)
        await self._office.acknowledge(ack, sender(request))
        return json(shown(ack, now))

    async def withdraw(self, request: web.Request) -> web.Response:
        """Give it back: people are told again, and escalations go on."""
        fingerprint, episode = read_name(request.match_info["fingerprint"])
        now = self._office.clock()
        held = [
            over
            for ack in self._office.dispatcher().acks()
            if ack.fingerprint == fingerprint
            and episode in (None, ack.episode)
            and (over := withdraw(ack, now))
        ]
        if not held:
            raise RefusedError(404, "nobody has acknowledged it")
        for over in held:
            await self._office.acknowledge(over, sender(request))
        return web.Response()

    async def show_list(self, _request: web.Request) -> web.Response:
        """All that hold, those that end first first."""
        now = self._office.clock()
        acks = [ack for ack in self._office.dispatcher().acks() if ack.ends_at > now]
        return json([shown(ack, now) for ack in sorted(acks, key=_end)])


def _end(ack: Ack) -> tuple[int, str]:
    return ack.ends_at, ack.id
