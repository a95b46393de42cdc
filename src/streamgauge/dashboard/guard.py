"""Headers that keep a page safe, and checks of who asks for it by what name."""

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streamgauge.alerting.api.operator import HEADERS, bears, host_name


class Guard:
    """Wraps an application. `hosts` are the names it answers to; nothing means all.

    A page on the loopback interface without a login can be read by any web site that points its
    own name at 127.0.0.1, unless the name is checked.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str] | None = None) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, words in HEADERS.items():
                    headers[name] = words
                headers.setdefault("cache-control", "no-cache")
            await send(message)

        if self._hosts is not None and host_of(scope) not in self._hosts:
            refusal = PlainTextResponse("this page has another name\n", status_code=421)
            await refusal(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)


def host_of(scope: Scope) -> str:
    """The name in the Host header, without its port.

    >>> host_of({"headers": [(b"host", b"[::1]:8003")]})
    '[::1]'
    """
    return host_name(Headers(scope=scope).get("host", ""))


def is_operator(scope: Scope, token: str) -> bool:
    """Whether who asks carries the operator's token, as `Authorization: Bearer TOKEN`.

    >>> is_operator({"headers": [(b"authorization", b"Bearer key")]}, "key")
    True
    """
    return bears(Headers(scope=scope).get("authorization", ""), token)
