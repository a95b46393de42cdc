import asyncio
import json
import socket
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from confluent_kafka import Message
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from tests.conftest import wait_until

from streamgauge.contracts.codec import decode
from streamgauge.contracts.prediction import Prediction
from streamgauge.producers.client import Client, Counters
from streamgauge.producers.middleware import ASGIApp, PredictionMiddleware, tell
from streamgauge.settings import Kafka

Read = Callable[..., list[Message]]
PATHS = {"/price": "house_price", "/rank/*": "ranking"}


async def price(request: Request) -> Response:
    body = await request.json()
    tell(features=body, prediction=2.5, confidence=0.75, user="ada", task="regression")
    return JSONResponse({"price": 2.5}, background=BackgroundTask(asyncio.sleep, 1.0))


async def rank(request: Request) -> Response:
    how = request.path_params["how"]
    if how == "refuse":
        raise HTTPException(404)
    if how == "crash":
        raise RuntimeError("boom")
    if how == "nonsense":
        request.state.streamgauge = {"colour": "red"}
    if how == "object":
        tell(features={"a": object()})
    if how == "state":
        request.state.streamgauge["version"] = "9"
        request.state.streamgauge["prediction"] = "b"
        request.state.streamgauge["error"] = "extraction"

    async def parts() -> AsyncIterator[str]:
        yield "a"
        await asyncio.sleep(0.05)
        yield "b"

    return StreamingResponse(parts())


def aside(_: Request) -> Response:
    tell(prediction=1.0)
    return Response("aside")


APP = Starlette(
    routes=[
        Route("/price", price, methods=["POST"]),
        Route("/rank/{how}", rank),
        Route("/aside", aside),
    ]
)


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """The application over real HTTP."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        deadline = time.monotonic() + 60
        while not server.started:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(60)


def ask(url: str, body: object = None) -> tuple[int, bytes]:
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data), timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@pytest.fixture
def sent(broker: Kafka, read: Read) -> Iterator[Callable[..., Prediction]]:
    """Ask an application behind the middleware; the event that came of it."""
    mark = uuid.uuid4().hex
    with (
        Client(broker.confluent(), service="s", pseudonym_key=b"k") as client,
        served(PredictionMiddleware(APP, client, PATHS, version=mark)) as url,
    ):

        def one(path: str, body: object = None) -> Prediction:
            ask(url + path, body)

            def ours(message: Message) -> bool:
                value = message.value() or b""
                return mark.encode() in value or b'"version":"9"' in value

            return decode(Prediction, read("predictions", 1, ours)[-1].value() or b"")

        yield one


def test_a_request_becomes_a_prediction(sent: Callable[..., Prediction]) -> None:
    event = sent("/price", {"rooms": 3.0})
    assert (event.model, event.endpoint, event.status) == ("house_price", "/price", "ok")
    assert (event.features, event.prediction, event.confidence) == ({"rooms": 3.0}, 2.5, 0.75)
    assert event.task == "regression"
    assert event.user not in {None, "ada"}
    assert abs(event.ts - time.time() * 1000) < 60_000
    # The background task of a second is nobody's waiting time.
    assert event.api_latency_ms is not None
    assert 0 < event.api_latency_ms < 1_000
    assert event.latency_ms is not None


def test_a_client_error_is_one_of_the_client(sent: Callable[..., Prediction]) -> None:
    event = sent("/rank/refuse")
    assert (event.status, event.error, event.reason) == ("error", "4xx", "404")
    assert (event.model, event.endpoint) == ("ranking", "/rank/*")


def test_an_exception_is_an_error_of_the_service(sent: Callable[..., Prediction]) -> None:
    event = sent("/rank/crash")
    assert (event.status, event.error) == ("error", "5xx")


def test_the_state_of_the_request_speaks_too(sent: Callable[..., Prediction]) -> None:
    event = sent("/rank/state")
    assert (event.version, event.prediction) == ("9", "b")
    assert (event.status, event.error) == ("error", "extraction")
    # A streamed answer counts until its last part.
    assert event.api_latency_ms is not None
    assert event.api_latency_ms >= 50


def test_the_answer_is_the_same_with_and_without_and_whatever_fails() -> None:
    with (
        Client({"bootstrap.servers": "127.0.0.1:1", "log_level": 0}, service="s") as client,
        served(PredictionMiddleware(APP, client, PATHS)) as measured,
        served(APP) as plain,
    ):
        for path in ("/rank/a", "/rank/refuse", "/rank/crash", "/rank/nonsense", "/rank/object"):
            assert ask(measured + path) == ask(plain + path)
        assert ask(measured + "/price", {"a": 1}) == ask(plain + "/price", {"a": 1})
        # librdkafka counts its own reports of errors, too, until they are fetched.
        wait_until(lambda: client.flush(0) == 4, 60, "four events that wait")
        # Neither what `Prediction` does not know nor what JSON cannot hold reaches the caller.
        assert client.counters == Counters(0, 0, 2)
        ask(measured + "/aside")
        ask(measured + "/nowhere")
        wait_until(lambda: client.flush(0) == 4, 60, "no event more")
        client.close(0.1)


async def test_an_endpoint_without_the_middleware_may_still_tell() -> None:
    tell(prediction=1.0)


async def test_a_request_that_is_cancelled_is_published_as_such(broker: Kafka, read: Read) -> None:
    mark = uuid.uuid4().hex

    async def slow(*_: object) -> None:
        await asyncio.sleep(60)

    with Client(broker.confluent(), service="s") as client:
        app = PredictionMiddleware(slow, client, PATHS, version=mark)
        task = asyncio.create_task(app({"type": "http", "path": "/price"}, nothing, slow))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    record = read("predictions", 1, lambda message: mark.encode() in (message.value() or b""))[0]
    event = decode(Prediction, record.value() or b"")
    assert (event.error, event.reason) == ("5xx", "CancelledError")


async def nothing() -> dict[str, object]:
    return {}
