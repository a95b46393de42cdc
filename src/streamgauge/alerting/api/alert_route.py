"""`/api/v2/alerts` and `/api/v2/alerts/groups`: what fires, and alerts that others send."""

import asyncio

from aiohttp import web

from streamgauge.alerting.api import filter as query
from streamgauge.alerting.api.body import read
from streamgauge.alerting.api.guard import json
from streamgauge.alerting.api.office import Office
from streamgauge.alerting.api.outside import Posted
from streamgauge.alerting.api.refusal import RefusedError
from streamgauge.alerting.instant import show
from streamgauge.alerting.matcher import Matcher, match_all
from streamgauge.alerting.routing.standing import Standing


class AlertRoutes:
    """The handlers."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/v2/alerts", self.show_list),
            web.post("/api/v2/alerts", self.take),
            web.get("/api/v2/alerts/groups", self.show_groups),
        ]

    async def take(self, request: web.Request) -> web.Response:
        """Alerts from outside; those that are right count, and the answer names the others."""
        errors = await self._office.hear(await read(request, list[Posted]))
        if errors:
            raise RefusedError(400, "; ".join(errors[:10]))
        return web.Response()

    async def show_list(self, request: web.Request) -> web.Response:
        """What fires and is selected by the parameters, by fingerprint."""
        wanted = Wanted(request)
        now = self._office.clock()
        found = self._office.dispatcher().alerts(now)

        def write() -> web.Response:
            chosen = sorted(filter(wanted, found), key=lambda one: one.alert.fingerprint)
            return json([self._alert(one, now) for one in chosen])

        # A storm has many alerts, and whoever looks at them must not delay those who are told.
        return await asyncio.to_thread(write)

    async def show_groups(self, request: web.Request) -> web.Response:
        """The same alerts as they are told together."""
        wanted = Wanted(request)
        now = self._office.clock()
        found = self._office.dispatcher().groups(now)

        def write() -> web.Response:
            groups = [
                {
                    "alerts": [self._alert(one, now) for one in filter(wanted, group.alerts)],
                    "labels": group.labels,
                    "receiver": {"name": group.receiver},
                }
                for group in found
                if wanted.tells(group.receiver)
            ]
            return json([group for group in groups if group["alerts"]])

        return await asyncio.to_thread(write)

    def _alert(self, one: Standing, now: int) -> dict[str, object]:
        alert = one.alert
        ends = self._office.ends(alert.fingerprint) or alert.expires_at
        if ends is None:
            # Ours hold until a record says otherwise; Alertmanager's clients want some end.
            ends = now + self._office.desk.plan().resolve_timeout
        shown: dict[str, object] = {
            "annotations": alert.annotations,
            "endsAt": show(ends),
            "fingerprint": alert.fingerprint,
            "receivers": [{"name": name} for name in one.receivers],
            "startsAt": show(alert.starts_at),
            "status": {
                "inhibitedBy": list(one.inhibited_by),
                "silencedBy": list(one.silenced_by),
                "state": one.state,
            },
            "updatedAt": show(alert.updated_at),
        }
        if alert.generator_url:
            shown["generatorURL"] = alert.generator_url
        return shown | {"labels": alert.labels}


class Wanted:
    """What the parameters of a list select: alerts, and receivers (`tells`)."""

    def __init__(self, request: web.Request) -> None:
        asked = request.query
        self._filter: list[Matcher] = query.matchers(asked.getall("filter", []))
        self.tells = query.receiver(asked.get("receiver"))
        self._hidden = {
            name
            for name in ("active", "silenced", "inhibited", "unprocessed")
            if not query.flag(asked.get(name))
        }

    def __call__(self, one: Standing) -> bool:
        if one.alert.state != "firing":
            return False
        if "active" in self._hidden and one.state == "active":
            return False
        if "unprocessed" in self._hidden and one.state == "unprocessed":
            return False
        if "silenced" in self._hidden and one.silenced_by:
            return False
        if "inhibited" in self._hidden and one.inhibited_by:
            return False
        return any(map(self.tells, one.receivers)) and match_all(self._filter, one.alert.labels)
