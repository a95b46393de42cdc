"""A period of the stream is pinned over HTTP, on a real broker."""

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from tests.baseline.stream import HELD, WINDOWS
from tests.baseline.test_live import held, send
from tests.metrics.event import MINUTE, T0

from streamgauge.baseline.publisher import publish
from streamgauge.dashboard.board import Board
from streamgauge.embedded import free_port
from streamgauge.settings import Dashboard, Kafka, Settings

from .conftest import served

TOKEN = "an-operators-token"
PERIOD = {"model": "price", "version": "1", "from": T0, "to": str(T0 + 10 * MINUTE)}


def post(site: str, body: Any, token: str | None = TOKEN) -> tuple[int, Any]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with closing(http.client.HTTPConnection(urlsplit(site).netloc, timeout=60)) as connection:
        connection.request("POST", "/api/ml/baseline", raw, headers)
        with connection.getresponse() as response:
            return response.status, json.loads(response.read())


@pytest.fixture
def guarded(board: Board) -> Iterator[str]:
    """A dashboard with a token, whose Kafka is away."""
    settings = Settings(
        kafka=Kafka(brokers=f"127.0.0.1:{free_port()}", start_timeout=1.0),
        dashboard=Dashboard(token=TOKEN),
    )
    with served(board, free_port(), settings) as site:
        yield site


@pytest.mark.kafka
def test_a_period_becomes_the_reference_in_force(deployment: Settings, board: Board) -> None:
    settings = msgspec.structs.replace(deployment, dashboard=Dashboard(token=TOKEN))
    publish(settings.kafka, HELD)
    send(settings, WINDOWS)
    with served(board, free_port(), settings) as site:
        status, body = post(site, PERIOD)
        assert status == 201, body
        _, live = held(settings)
        assert (body["hash"], body["rows"], body["kind"]) == (live.hash, 2_000, "live")

        status, body = post(site, {**PERIOD, "to": T0 + MINUTE})
        assert (status, body["field"]) == (422, "")
        assert "expected at least 1,000" in body["error"]
        assert len(held(settings)) == 2


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        ({**PERIOD, "model": ""}, "model", "length >= 1"),
        ({**PERIOD, "window": "1h"}, "", "unknown field `window`"),
        ({**PERIOD, "last": "1h"}, "last", "excludes from and to"),
        ({**PERIOD, "to": T0}, "from", "expected a time before to"),
        ({"model": "price", "version": "1"}, "", "expected from and to, or last"),
        (b"{", "", "truncated"),
        (b"\xff", "", "malformed"),
    ],
)
def test_a_wrong_question_is_422_and_named(guarded: str, body: Any, field: str, said: str) -> None:
    status, told = post(guarded, body)
    assert (status, told["field"]) == (422, field)
    assert said in told["error"]


def test_only_who_has_the_token_changes_what_streams_are_compared_with(
    guarded: str, site: str
) -> None:
    assert post(guarded, PERIOD, token=None)[0] == 401
    assert post(guarded, PERIOD, token=TOKEN[:-1])[0] == 401
    status, body = post(site, PERIOD)
    assert status == 403
    assert "set dashboard.token" in body["error"]


def test_a_body_without_end_is_refused(guarded: str) -> None:
    assert post(guarded, b" " * 20_000)[0] == 413


def test_without_kafka_it_says_so(guarded: str) -> None:
    status, body = post(guarded, PERIOD)
    assert status == 503
    assert "Kafka" in body["error"]
