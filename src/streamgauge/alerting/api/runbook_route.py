"""`/docs/runbooks/NAME.md`: the pages that the shipped rules point to, for who gets a message."""

import asyncio
import re
from pathlib import Path

from aiohttp import web

from streamgauge.alerting.api.refusal import RefusedError

# Beside the package where it is installed, else in the checkout.
_INSTALLED = Path(__file__).parents[1] / "runbooks"
_CHECKOUT = Path(__file__).parents[4] / "docs" / "runbooks"
_NAME = re.compile(r"\w{1,100}\.md", re.ASCII)


class RunbookRoutes:
    """The handler; the pages are Markdown, which people read as it is."""

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/docs/runbooks/{name}", self.show)]

    async def show(self, request: web.Request) -> web.Response:
        """The page, or 404."""
        text = await asyncio.to_thread(read_runbook, request.match_info["name"])
        if text is None:
            raise RefusedError(404, "no shipped rule has this runbook")
        return web.Response(text=text, content_type="text/plain")


def read_runbook(name: str) -> str | None:
    """The page of that file's name; None if there is none."""
    if not _NAME.fullmatch(name):
        return None
    for folder in (_INSTALLED, _CHECKOUT):
        try:
            return (folder / name).read_text("utf-8")
        except OSError:
            continue
    return None
