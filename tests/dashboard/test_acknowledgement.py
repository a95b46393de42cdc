"""Somebody takes care of an alert over HTTP; the topic has it, and every page shows it."""

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from playwright.sync_api import expect

from streamgauge.alerting.topic_reader import read_to_end
from streamgauge.contracts.alert import Ack
from streamgauge.contracts.codec import decode
from streamgauge.dashboard.board import Board, wall_clock
from streamgauge.dashboard.live import Live
from streamgauge.embedded import free_port
from streamgauge.settings import Dashboard, Kafka, Settings

from .conftest import WaitUntil, served
from .http import get_json
from .sample import alert
from .test_browser import SOON, browse

TOKEN = "an-operators-token"


def ask(
    site: str, method: str, body: Any = None, token: str | None = TOKEN, name: str = "f"
) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with closing(http.client.HTTPConnection(urlsplit(site).netloc, timeout=30)) as connection:
        connection.request(method, f"/api/ml/alerts/{name}/ack", json.dumps(body), headers)
        with connection.getresponse() as response:
            return response.status, json.loads(response.read())


@pytest.fixture
def guarded(board: Board) -> Iterator[str]:
    """A dashboard with a token, whose Kafka is away."""
    kafka = Kafka(brokers=f"127.0.0.1:{free_port()}")
    with served(
        board, free_port(), Settings(kafka=kafka, dashboard=Dashboard(token=TOKEN))
    ) as site:
        yield site


@pytest.mark.kafka
def test_an_alert_is_taken_and_given_back(
    deployment: Settings, board: Board, wait_until: WaitUntil
) -> None:
    settings = msgspec.structs.replace(deployment, dashboard=Dashboard(token=TOKEN))
    firing = alert(at=wall_clock())
    board.fold([firing])
    with served(board, free_port(), settings) as site, Live(settings.kafka, board):

        def owner() -> Any:
            return get_json(site, "/api/ml/alerts")[1]["alerts"][0]["owner"]

        wait_until(lambda: board.ask(lambda *it: it[2].caught_up), "the topics are read")
        board.fold([firing])
        status, body = ask(site, "POST", {"owner": " Ada  L. ", "note": "disk", "for": "15m"})
        assert (status, body["owner"], body["status"]) == (200, "Ada L.", {"state": "active"})
        wait_until(lambda: owner() is not None, "the row has its owner")
        assert (owner()["name"], owner()["note"]) == ("Ada L.", "disk")
        assert 800_000 < owner()["until"] - wall_clock() <= 900_000
        status, _ = ask(site, "DELETE")
        assert status == 200
        wait_until(lambda: owner()["until"] <= wall_clock(), "it was given back")
        assert ask(site, "DELETE")[0] == 404
    (message, last) = list(read_to_end(settings.kafka, "acks"))
    assert message.key() == last.key() == f"f-{firing.episode}".encode()
    assert decode(Ack, last.value() or b"").ends_at <= wall_clock()


def test_only_the_operator_may(guarded: str, board: Board, site: str) -> None:
    board.fold([alert(at=wall_clock())])
    assert ask(site, "POST", {"owner": "a"})[0] == 403
    assert ask(guarded, "POST", {"owner": "a"}, token=None)[0] == 401
    assert ask(guarded, "DELETE", token="wrong")[0] == 401


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"owner": ""}, 400, "owner: expected"),
        ({"owner": "a", "for": "soon"}, 400, "for: 'soon'"),
        ({"owner": "a", "for": "8d"}, 400, "at most 7d"),
        ({"owner": "a", "until": 1}, 422, "unknown field"),
        ({"owner": "a" * 9_000, "note": "n" * 9_000}, 413, "at most 10000 bytes"),
        ({"owner": "a", "episode": 7}, 409, "this episode of the alert is over"),
        ({"owner": "a"}, 503, "Kafka"),
    ],
)
def test_what_is_wrong_is_said(
    guarded: str, board: Board, body: dict[str, Any], status: int, said: str
) -> None:
    board.fold([alert(at=wall_clock())])
    got, answer = ask(guarded, "POST", body)
    assert got == status, answer
    assert said in answer["error"]


def test_what_does_not_fire_cannot_be_taken(guarded: str, board: Board) -> None:
    board.fold([alert("resolved", at=wall_clock())])
    assert ask(guarded, "POST", {"owner": "a"})[0] == 404
    assert ask(guarded, "POST", {"owner": "a"}, name="unknown")[0] == 404


@pytest.mark.browser
@pytest.mark.kafka
def test_a_person_takes_an_alert_on_the_page(
    deployment: Settings, board: Board, wait_until: WaitUntil, chromium: str
) -> None:
    settings = msgspec.structs.replace(deployment, dashboard=Dashboard(token=TOKEN))
    with (
        Live(settings.kafka, board),
        served(board, free_port(), settings) as site,
        browse(chromium, site) as tab,
    ):
        wait_until(lambda: board.ask(lambda *it: it[2].caught_up), "the topics are read")
        board.fold([alert(at=wall_clock())])
        page = tab.page
        page.get_by_role("button", name="Acknowledge").click(timeout=SOON)
        page.get_by_label("Your name").fill("Ada")
        page.get_by_label("Operator's token").fill("wrong")
        page.get_by_role("button", name="I take care of it").click()
        expect(page.locator(".refused")).to_contain_text("expected the operator's token")
        page.get_by_label("Operator's token").fill(TOKEN)
        page.get_by_label("Operator's token").press("Enter")
        expect(page.get_by_text("Ada has it until")).to_be_visible(timeout=SOON)
        expect(page.get_by_role("button", name="Acknowledge")).to_be_hidden()
        # Once given, the token is not asked for again, and is kept for this tab only.
        page.get_by_role("button", name="Give back").click()
        expect(page.get_by_label("Operator's token")).to_be_hidden()
        page.get_by_role("button", name="Give it back").click()
        expect(page.get_by_role("button", name="Acknowledge")).to_be_visible(timeout=SOON)
        assert page.evaluate("localStorage.length") == 0
        assert not [line for line in tab.complaints if "401" not in line]
