"""One service twice: `/on` publishes its predictions, `/off` does not."""

import logging
import socket
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any

from streamgauge.producers.client import Client
from streamgauge.producers.middleware import (
    ASGIApp,
    PredictionMiddleware,
    Receive,
    Scope,
    Send,
    tell,
)

# A forest of this many trees answers a row in about 15 ms on one core of 2023.
TREES = 300
FEATURES = 8


def serve(kafka: Mapping[str, Any], told: Connection) -> None:
    """Listen on a free port, tell which, and answer until terminated."""
    import uvicorn

    logging.disable()
    with Client(kafka, service="bench", pseudonym_key=b"bench") as client:
        plain = application()
        measured = PredictionMiddleware(plain, client, {"/on": "forest"}, version="1")

        async def both(scope: Scope, receive: Receive, send: Send) -> None:
            chosen: ASGIApp = measured if scope.get("path") == "/on" else plain
            await chosen(scope, receive, send)

        # asyncio switches Nagle's algorithm off only where the protocol is named, and 40 ms of a
        # delayed acknowledgement would hide what is measured here.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        told.send(listener.getsockname()[1])
        config = uvicorn.Config(both, log_config=None, access_log=False, lifespan="off")
        uvicorn.Server(config).run(sockets=[listener])


def application() -> ASGIApp:
    """A model behind HTTP, as a team writes it in an afternoon."""
    import numpy as np
    from sklearn.ensemble import RandomForestRegressor
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    random = np.random.default_rng(7)
    x = random.normal(size=(500, FEATURES))
    forest = RandomForestRegressor(TREES, min_samples_leaf=2, random_state=7).fit(x, x.sum(axis=1))
    names = [f"feature_{i}" for i in range(FEATURES)]

    async def predict(request: Request) -> JSONResponse:
        values = await request.json()
        start = time.perf_counter()
        value = float(forest.predict(np.array([values]))[0])
        took = (time.perf_counter() - start) * 1000
        tell(
            features=dict(zip(names, values, strict=True)),
            prediction=value,
            task="regression",
            latency_ms=took,
            user="u1",
        )
        return JSONResponse({"prediction": value})

    return Starlette(routes=[Route(path, predict, methods=["POST"]) for path in ("/on", "/off")])
