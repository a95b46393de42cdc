"""The inference service on a free port, and how to ask it."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
import pytest
import uvicorn

from streamgauge.embedded import free_port
from streamgauge.models.history import read
from streamgauge.models.serve import build, listen
from streamgauge.models.train import columns
from streamgauge.settings import Kafka, Receipt, Redis, Serve, Settings


class Said(NamedTuple):
    status: int
    body: Any
    headers: dict[str, str]


class Caller:
    def __init__(self, url: str) -> None:
        self.url = url
        self._netloc = urlsplit(url).netloc

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Said:
        connection = http.client.HTTPConnection(self._netloc, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            raw = response.read()
        finally:
            connection.close()
        is_json = response.headers.get_content_type() == "application/json"
        return Said(
            response.status,
            json.loads(raw) if is_json else raw.decode(),
            {name.lower(): value for name, value in response.getheaders()},
        )

    def get(self, path: str, **headers: str) -> Said:
        return self.send("GET", path, headers=headers)

    def ask(self, model: str, question: object, **headers: str) -> Said:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send("POST", f"/predict/{model}", msgspec.json.encode(question), named)


Running = Callable[[Settings], AbstractContextManager[Caller]]


@contextmanager
def running(settings: Settings) -> Iterator[Caller]:
    listener = listen("127.0.0.1", settings.serve.port)
    server = uvicorn.Server(
        uvicorn.Config(build(settings), log_config=None, access_log=False, lifespan="on")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    listener.listen()
    thread.start()
    try:
        yield Caller(f"http://127.0.0.1:{settings.serve.port}")
    finally:
        server.should_exit = True
        thread.join(60)
        listener.close()
        assert not thread.is_alive()


@pytest.fixture(scope="session")
def serving() -> Running:
    """Start a service with these settings; it ends with the context."""
    return running


@pytest.fixture(scope="session")
def rows(artifacts: Path) -> list[dict[str, Any]]:
    """The history that the models learned from."""
    path = artifacts.parent / "scan_history.jsonl"
    return read(path, columns(), ["result_count", "duration_s"]).rows


@pytest.fixture(scope="session")
def features(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """One valid row of features."""
    return {column.name: rows[0][column.name] for column in columns()}


@pytest.fixture(scope="session")
def lonely(artifacts: Path) -> Settings:
    """Settings of a service whose Kafka and Redis are away."""
    return Settings(
        kafka=Kafka(brokers=f"127.0.0.1:{free_port()}"),
        redis=Redis(url=f"redis://127.0.0.1:{free_port()}/0"),
        receipt=Receipt(keys="k1:a-test-key"),
        serve=Serve(port=free_port(), artifacts=artifacts, heartbeat=0.2),
    )


@pytest.fixture(scope="session")
def caller(lonely: Settings) -> Iterator[Caller]:
    """A running service whose Kafka and Redis are away."""
    with running(lonely) as made:
        yield made
