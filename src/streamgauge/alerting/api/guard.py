"""What every request passes: by which name it asks, who asks, and which pages may read it."""

import logging
from collections.abc import Callable, Collection
from urllib.parse import urlsplit

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from confluent_kafka import KafkaException

from streamgauge.alerting.api.operator import HEADERS, bears, has_password, host_name, user_name
from streamgauge.alerting.api.refusal import RefusedError
from streamgauge.contracts.codec import encode

_log = logging.getLogger(__name__)
_READS = ("GET", "HEAD")


class Guard(msgspec.Struct, frozen=True):
    """`hosts` tells the names that it answers to, None means any; `token` is the operator's.

    What changes something needs the token, except under `signed` paths: there the request itself
    is signed and its handler checks that.
    """

    hosts: Callable[[], Collection[str] | None]
    token: str | None = None
    signed: Collection[str] = ()

    def middleware(self) -> Middleware:
        """The guard as aiohttp wants it."""

        @web.middleware
        async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                self.admit(request)
                answer = await handler(request)
            except RefusedError as error:
                answer = json(error.body(), error.status)
                if error.status == 401:
                    answer.headers["www-authenticate"] = "Bearer"
                if request.method not in _READS:
                    _log.info("%s %s refused: %s", request.method, request.path, error)
            except (KafkaException, TimeoutError) as error:
                _log.warning("%s %s: Kafka: %s", request.method, request.path, error)
                answer = json("Kafka does not take it now", 503)
            except web.HTTPException as error:
                # aiohttp's own: no such path, another method, a body that is too large.
                answer = web.Response(status=error.status, text=error.reason)
                answer.headers.extend(
                    {name: error.headers[name] for name in ("Allow",) if name in error.headers}
                )
            for name, words in HEADERS.items():
                answer.headers.setdefault(name, words)
            answer.headers.setdefault("cache-control", "no-store")
            return answer

        return guarded

    def admit(self, request: web.Request) -> None:
        """RefusedError if the request must not be answered."""
        hosts = self.hosts()
        if hosts is not None and host_name(request.headers.get("host", "")) not in hosts:
            raise RefusedError(421, "this server has another name")
        if request.method in _READS or request.path in self.signed:
            return
        if not self.token:
            raise RefusedError(403, "set alerting.token: it guards all that changes something")
        given = request.headers.get("authorization", "")
        if not (bears(given, self.token) or has_password(given, self.token)):
            said = "expected the operator's token: as bearer token, or as password of a basic login"
            raise RefusedError(401, said)
        self._refuse_pages(request)

    def _refuse_pages(self, request: web.Request) -> None:
        """A page of another site can send no JSON and no DELETE, and its browser names it."""
        origin = request.headers.get("origin")
        if origin is not None and _place(origin) != request.headers.get("host"):
            raise RefusedError(403, "pages of other sites may not change anything here")
        if request.body_exists and request.content_type != "application/json":
            said = f'unsupported media type "{request.content_type}", '
            raise RefusedError(415, said + "only [application/json] are allowed", 415)


def sender(request: web.Request) -> str:
    """Who asked from where, for the log; a name proves nothing."""
    name = user_name(request.headers.get("authorization", ""))
    return f"{request.remote} as {name!r}" if name else str(request.remote)


def _place(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def json(body: object, status: int = 200) -> web.Response:
    """An answer as JSON."""
    return web.Response(body=encode(body), status=status, content_type="application/json")
