"""Predictions of a user's own service, published by its web framework's side door.

Works with every ASGI application. The endpoint says what it predicted, the middleware adds how long
the request took and how it ended:

    app = PredictionMiddleware(app, client, {"/price": "house_price"}, version="3")

    async def price(request):
        ...
        tell(features=features, prediction=value, confidence=0.8)
        return JSONResponse({"price": value})
"""

import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextvars import ContextVar
from typing import Any

from streamgauge.contracts.prediction import ErrorClass, Prediction
from streamgauge.producers.client import Client

Scope = MutableMapping[str, Any]
ASGIMessage = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[ASGIMessage]]
Send = Callable[[ASGIMessage], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

STATE = "streamgauge"
_told: ContextVar[dict[str, Any] | None] = ContextVar("streamgauge_told", default=None)


def tell(**fields: Any) -> None:
    """Say what this request predicted, in the fields of `Prediction`; a later call adds to it.

    Outside of a measured request it does nothing, so an endpoint can be tested alone.
    """
    facts = _told.get()
    if facts is not None:
        facts.update(fields)


class PredictionMiddleware:
    """Publishes one `Prediction` for each request of the given paths.

    `paths` maps a path, or the start of one followed by `*`, to the model that it serves; it stands
    in the event unless the endpoint tells another `model` or `version`. The endpoint uses `tell`,
    or puts a mapping into `scope["state"]["streamgauge"]` (Starlette: `request.state.streamgauge`).

    The whole request's time is `api_latency_ms`, and `latency_ms` too unless the endpoint measured
    the inference itself. Answers from 400 on and exceptions become errors. The response passes
    untouched, and an event that cannot be made is counted by the client.
    """

    def __init__(
        self,
        app: ASGIApp,
        client: Client,
        paths: Mapping[str, str],
        *,
        version: str = "unknown",
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._app = app
        self._client = client
        self._exact = {path: model for path, model in paths.items() if not path.endswith("*")}
        self._starts = tuple(
            (path[:-1], model) for path, model in paths.items() if path.endswith("*")
        )
        self._version = version
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        route = self._route(scope["path"]) if scope["type"] == "http" else None
        if route is None:
            await self._app(scope, receive, send)
            return
        facts: dict[str, Any] = {}
        # A new mapping: what the server keeps for the whole application is not ours to fill.
        state = scope["state"] = {**scope.get("state", {}), STATE: facts}
        exchange = _Exchange(send)
        now = self._clock()
        token = _told.set(facts)
        try:
            await self._app(scope, receive, exchange.send)
        except BaseException as error:
            exchange.raised = error
            raise
        finally:
            _told.reset(token)
            self._publish(route, now // 1_000_000, exchange, state[STATE])

    def _route(self, path: str) -> tuple[str, str] | None:
        """The configured path and its model; not the path asked, of which there is no end."""
        if path in self._exact:
            return path, self._exact[path]
        return next(
            ((start + "*", model) for start, model in self._starts if path.startswith(start)), None
        )

    def _publish(
        self, route: tuple[str, str], now: int, exchange: "_Exchange", told: Mapping[str, Any]
    ) -> None:
        endpoint, model = route
        try:
            fields: dict[str, Any] = {
                "id": secrets.token_hex(16),
                "ts": now,
                "model": model,
                "version": self._version,
                "endpoint": endpoint,
                "latency_ms": exchange.milliseconds(),
                "api_latency_ms": exchange.milliseconds(),
            }
            # What the endpoint told goes over what was seen, but it cannot talk an error away.
            fields |= {**told, **exchange.error()}
            if "error" in fields:
                fields["status"] = "error"
            event = Prediction(**fields)
        except Exception as error:
            self._client.refuse("Prediction", error)
        else:
            self._client.emit(event)


class _Exchange:
    """How a response went out."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._started = time.perf_counter()
        self._ended: float | None = None
        self._status: int | None = None
        self.raised: BaseException | None = None

    async def send(self, message: ASGIMessage) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
        await self._send(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            # Background tasks run after this, and nobody waits for them.
            self._ended = time.perf_counter()

    def milliseconds(self) -> float:
        return ((self._ended or time.perf_counter()) - self._started) * 1000

    def error(self) -> dict[str, Any]:
        """The fields of what went wrong, if something did before the answer was complete."""
        if self.raised is not None and self._ended is None:
            return _wrong("5xx", type(self.raised).__name__)
        if self._status is None:
            return _wrong("5xx", "no response")
        if self._status >= 400:
            return _wrong("5xx" if self._status >= 500 else "4xx", str(self._status))
        return {}


def _wrong(error: ErrorClass, reason: str) -> dict[str, Any]:
    return {"error": error, "reason": reason}
