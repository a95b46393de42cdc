"""What the notifier says about itself: `/metrics` and `/health`."""

import time
from collections.abc import Callable

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from streamgauge.settings import InputError

# Without a sign of life from the loop for so long, an orchestrator should restart the process.
_SILENT = 30.0


class Gauges:
    """Counters of one notifier."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.alerts = Counter(
            "streamgauge_notifier_alerts", "Alerts read", ["state"], registry=self.registry
        )
        self.rejected = Counter(
            "streamgauge_notifier_rejected", "Records that were no alert", registry=self.registry
        )
        self.notifications = Counter(
            "streamgauge_notifications", "Results", ["target", "result"], registry=self.registry
        )
        self.retries = Counter(
            "streamgauge_notification_retries", "Tries again", ["target"], registry=self.registry
        )
        self.seconds = Histogram(
            "streamgauge_notification_seconds",
            "From the first try to the result",
            ["target"],
            registry=self.registry,
        )
        self.waiting = Gauge(
            "streamgauge_notifications_waiting", "Queued", ["target"], registry=self.registry
        )
        self.assigned = Gauge(
            "streamgauge_notifier_assigned", "1 on the one that notifies", registry=self.registry
        )
        self.polled = time.monotonic()


async def listen(
    host: str, port: int, gauges: Gauges, waiting: Callable[[], dict[str, int]]
) -> web.AppRunner:
    """Answer `/health` and `/metrics`; the caller cleans the runner up.

    An `InputError` names a port that is taken.
    """

    async def health(_request: web.Request) -> web.Response:
        silent = time.monotonic() - gauges.polled
        alive = silent < _SILENT
        assigned = gauges.assigned.collect()
        body = {
            "status": "ok" if alive else "stuck",
            "notifies": bool(next(iter(assigned)).samples[0].value),
            "waiting": waiting(),
            "seconds_since_poll": round(silent, 1),
        }
        return web.json_response(body, status=200 if alive else 503)

    async def metrics(_request: web.Request) -> web.Response:
        for target, count in waiting().items():
            gauges.waiting.labels(target).set(count)
        return web.Response(
            body=generate_latest(gauges.registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    app = web.Application()
    app.add_routes([web.get("/health", health), web.get("/metrics", metrics)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        raise InputError(f"alerting.host, alerting.port: {host}:{port}: {error.strerror}") from None
    return runner
