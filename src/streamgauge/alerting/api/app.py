"""The notifier's HTTP application; the process that tells people mounts it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from urllib.parse import urlsplit

from aiohttp import web

from streamgauge.alerting.api import link_route, slack_route
from streamgauge.alerting.api.ack_route import AckRoutes
from streamgauge.alerting.api.alert_route import AlertRoutes
from streamgauge.alerting.api.body import MOST_BYTES
from streamgauge.alerting.api.desk import Desk
from streamgauge.alerting.api.front_route import FrontRoutes
from streamgauge.alerting.api.guard import Guard
from streamgauge.alerting.api.history_route import HistoryRoutes
from streamgauge.alerting.api.office import Office, wall_clock
from streamgauge.alerting.api.operator import LOOPBACK
from streamgauge.alerting.api.runbook_route import RunbookRoutes
from streamgauge.alerting.api.silence_route import SilenceRoutes
from streamgauge.alerting.api.status_route import StatusRoutes
from streamgauge.alerting.signing.slack_signature import SlackSignature
from streamgauge.settings import Alerting


def create_app(
    desk: Desk,
    alerting: Alerting,
    *,
    clock: Callable[[], int] = wall_clock,
    reply: slack_route.Reply = slack_route.send,
) -> web.Application:
    """Alertmanager's API and ours over a notifier's desk; the caller adds what is its own."""
    office = Office(desk, clock)
    guard = Guard(
        lambda: hosts(alerting.host, desk.external_url()),
        alerting.secret(),
        signed=(slack_route.PATH, link_route.PATH),
    )
    secret = alerting.slack_secret()
    signature = SlackSignature(secret.encode()) if secret else None
    app = web.Application(middlewares=[guard.middleware()], client_max_size=MOST_BYTES)
    for room in (
        AlertRoutes(office),
        SilenceRoutes(office),
        AckRoutes(office),
        HistoryRoutes(office),
        StatusRoutes(office),
        RunbookRoutes(),
        slack_route.SlackRoutes(office, signature, reply, alerting.slack_users),
        FrontRoutes(office),
        link_route.LinkRoutes(office, link_route.signer(alerting)),
    ):
        app.add_routes(room.routes())

    async def watching(_app: web.Application) -> AsyncIterator[None]:
        watch = asyncio.create_task(office.watch())
        yield
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch

    app.cleanup_ctx.append(watching)
    return app


def hosts(host: str, external_url: str) -> tuple[str, ...] | None:
    """The names under which it may be asked for; None where it can be reached from elsewhere.

    >>> hosts("0.0.0.0", "")
    >>> hosts("127.0.0.1", "https://alerts.example.org/gauge")
    ('localhost', '127.0.0.1', '[::1]', 'alerts.example.org')
    """
    if host not in ("127.0.0.1", "::1", "localhost"):
        return None
    named = urlsplit(external_url).hostname
    return (*LOOPBACK, named) if named else LOOPBACK
