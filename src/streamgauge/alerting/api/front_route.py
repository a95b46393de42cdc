"""`/`: the page for people who follow a message's link to streamgauge."""

import asyncio

from aiohttp import web

from streamgauge.alerting.api import link_page
from streamgauge.alerting.api.front_page import front
from streamgauge.alerting.api.office import Office


class FrontRoutes:
    """The handler."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/", self.show)]

    async def show(self, _request: web.Request) -> web.Response:
        """What fires now; nothing on the page acts."""
        now = self._office.clock()
        dispatcher = self._office.dispatcher()
        found = dispatcher.alerts(now)
        owners = {ack.id: ack.owner for ack in dispatcher.acks() if now < ack.ends_at}
        # A storm takes a while to sort, and must not delay those who are told.
        text = await asyncio.to_thread(front, found, owners, now)
        answer = web.Response(text=text, content_type="text/html")
        answer.headers["content-security-policy"] = link_page.POLICY
        return answer
