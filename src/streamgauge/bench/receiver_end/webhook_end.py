"""A webhook of somebody's own, and an Alertmanager that takes alerts."""

from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web

from streamgauge.bench.receiver_end.http_end import HttpEnd


class WebhookEnd(HttpEnd):
    """Takes any JSON object at one path."""

    paths = ("/hook/canary-7f3a",)


class AlertmanagerEnd(HttpEnd):
    """Takes what Alertmanager's API takes: POST /api/v2/alerts, a list."""

    paths = ("/api/v2/alerts",)

    def take(self, path: str, headers: Mapping[str, str], body: bytes) -> web.Response:
        """Log the alerts of a request one by one."""
        for alert in msgspec.json.decode(body, type=list[dict[str, Any]]):
            self.keep(path, headers, alert)
        return web.Response()
