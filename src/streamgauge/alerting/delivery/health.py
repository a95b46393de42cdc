"""How the notifier is: `/health` and `/metrics`, beside whatever else it answers."""

import time
from collections.abc import Callable, Iterable, Mapping

from aiohttp import web
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from streamgauge.alerting.delivery.gauge import Gauges
from streamgauge.alerting.routing.watchdog import Sight

# Without a sign of life from the loop for so long, an orchestrator should restart the process.
_SILENT = 30.0


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
