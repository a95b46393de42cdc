"""The service over HTTP: `POST /predict/{model}`, `GET /health`, `/metrics`, `/models`."""

import asyncio
import time
from typing import Any

import msgspec
import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from streamgauge.models import exposition
from streamgauge.models.exposition import Exposition
from streamgauge.models.fault import HEADER, NONE, parse
from streamgauge.models.follower import Follower
from streamgauge.models.pulse import Pulse, Speaker
from streamgauge.models.question import RefusalError
from streamgauge.models.question import parse as read
from streamgauge.models.service import Service
from streamgauge.settings import Serve

log: structlog.stdlib.BoundLogger = structlog.get_logger()

BODY_SECONDS = 30.0
UNKNOWN = "unknown"
_encode = msgspec.json.Encoder().encode


class Endpoint:
    """Translates requests into questions and back, and measures them."""

    def __init__(
        self, service: Service, client: Speaker, follower: Follower | None, settings: Serve
    ) -> None:
        self.service = service
        self.pulse = Pulse(service, client, follower, settings.heartbeat)
        self._client = client
        self._follower = follower
        self._settings = settings
        self._cards = _encode({"models": _cards(service)})
        self._meter = Exposition(
            lambda: service.in_flight, lambda: client.counters, service.shelf.loaded
        )

    async def predict(self, request: Request) -> Response:
        """Predict one row or many."""
        began = time.perf_counter()
        model = request.path_params["model"]
        self.service.in_flight += 1
        try:
            response = await self._predict(request, model, began)
        except RefusalError as refusal:
            response = self._refused(model, refusal, began)
        except Exception:
            # Ours to mend; the caller, the metrics and Kafka hear of it like of any other failure.
            log.exception("request failed", model=model)
            failure = RefusalError(500, "internal", "the service failed")
            response = self._refused(model, failure, began)
        finally:
            self.service.in_flight -= 1
        label = model if self.service.shelf.knows(model) else UNKNOWN
        self._meter.observe(label, response.status_code, time.perf_counter() - began)
        return response

    def _refused(self, model: str, refusal: RefusalError, began: float) -> Response:
        self.service.refuse(model, refusal, began)
        return _json(refusal.status, {"error": str(refusal), "field": refusal.field})

    async def _predict(self, request: Request, model: str, began: float) -> Response:
        if not self.service.shelf.knows(model):
            known = ", ".join(self.service.shelf.champions) or "none"
            raise RefusalError(404, "unknown_model", f"unknown model; there are: {known}", "model")
        raw = await body(request, self._settings.max_body)
        asked = request.headers.get(HEADER) if self._settings.faults else None
        fault = parse(asked) if asked else NONE
        question = read(raw, self._settings.max_rows)
        said = await self.service.ask(model, question, began, fault)
        return _json(200, {"predictions": said} if question.many else said[0])

    async def health(self, _request: Request) -> Response:
        """Whether this service can answer (200 or 503), with what, and whom it reaches."""
        service, counters = self.service, self._client.counters
        whole = not service.shelf.failures
        status = "down" if not service.healthy else "ok" if whole else "degraded"
        state = {
            "status": status,
            "models": service.shelf.loaded(),
            "kafka": {"reachable": self.pulse.kafka, "sent": counters.sent}
            | {"dropped": counters.dropped, "failed": counters.failed},
            "redis": {"reachable": self._follower.reachable if self._follower else None},
            "allocations": {
                name: {"version": version, "weights": weights}
                for name, (version, weights) in service.assignment.current().items()
            },
            "in_flight": service.in_flight,
        }
        return _json(200 if service.healthy else 503, state)

    async def metrics(self, _request: Request) -> Response:
        """Metrics for Prometheus."""
        return Response(self._meter.text(), media_type=exposition.CONTENT_TYPE)

    async def models(self, _request: Request) -> Response:
        """The cards of all loaded versions."""
        return Response(self._cards, media_type="application/json")

    def routes(self) -> list[Route]:
        """Where each of these is."""
        return [
            Route("/predict/{model}", self.predict, methods=["POST"]),
            Route("/health", self.health),
            Route("/metrics", self.metrics),
            Route("/models", self.models),
        ]


def create_app(endpoint: Endpoint, settings: Serve, lifespan: Any = None) -> Starlette:
    """The ASGI application; pages of other origins may ask only where `serve.cors` names them."""
    allowed = Middleware(
        CORSMiddleware,
        allow_origins=list(settings.cors),
        allow_methods=["GET", "POST"],
        allow_headers=["content-type"],
    )
    return Starlette(
        routes=endpoint.routes(),
        middleware=[allowed] if settings.cors else [],
        lifespan=lifespan,
    )


async def body(request: Request, most: int) -> bytes:
    """The body of a request, up to `most` bytes and in at most 30 s."""
    too_large = RefusalError(413, "too_large", f"expected at most {most} bytes", "body")
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said) > most:
        raise too_large
    got = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                got += chunk
                if len(got) > most:
                    raise too_large
    except TimeoutError:
        raise RefusalError(408, "too_slow", f"no body within {BODY_SECONDS:g} s", "body") from None
    except ClientDisconnect:
        raise RefusalError(400, "invalid_request", "the caller went away", "body") from None
    return bytes(got)


def _cards(service: Service) -> list[dict[str, Any]]:
    shelf = service.shelf
    return [
        {**msgspec.to_builtins(served.card), "champion": shelf.champions.get(model) == version}
        for (model, version), served in shelf.versions.items()
    ]


def _json(status: int, value: Any) -> Response:
    return Response(_encode(value), status_code=status, media_type="application/json")
