"""Who may do what at the API, and what is ours beside Alertmanager's."""

import asyncio
import base64
import io
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec
import pytest

from streamgauge.alerting.api.operator import HEADERS
from streamgauge.contracts.alert import Ack, Alert
from streamgauge.contracts.notification import Notification
from streamgauge.settings import Alerting

from .desk import TOKEN, TestDesk, opened, wall_clock

ALERT = [{"labels": {"alertname": "Full", "severity": "critical"}}]
SILENCE = {
    "matchers": [{"name": "alertname", "value": "Full", "isRegex": False}],
    "startsAt": "2026-01-01T00:00:00Z",
    "endsAt": "2099-01-01T00:00:00Z",
    "createdBy": "ada",
    "comment": "new disk",
}


class Client:
    """An operator at the API; `token` None sends no login."""

    def __init__(self, session: aiohttp.ClientSession, site: str) -> None:
        self._session = session
        self.site = site

    async def __call__(
        self, method: str, path: str, body: Any = None, token: str | None = TOKEN, **headers: str
    ) -> tuple[int, Any]:
        if token is not None:
            headers.setdefault("authorization", f"Bearer {token}")
        sent: dict[str, Any] = (
            {"data": io.BytesIO(body)} if isinstance(body, bytes) else {"json": body}
        )
        async with self._session.request(
            method, self.site + path, headers=headers, **(sent if body is not None else {})
        ) as answer:
            kind = answer.content_type
            return answer.status, await (answer.json() if kind.endswith("json") else answer.text())


@pytest.fixture
def desk() -> TestDesk:
    return TestDesk()


@pytest.fixture
async def client(desk: TestDesk) -> AsyncIterator[Client]:
    async with opened(desk) as site, aiohttp.ClientSession() as session:
        yield Client(session, site)


async def fire(client: Client, desk: TestDesk, **labels: str) -> Alert:
    sent = [{"labels": {**ALERT[0]["labels"], **labels}}]
    assert await client("POST", "/api/v2/alerts", sent) == (200, "")
    alert = desk.written[-1]
    assert isinstance(alert, Alert)
    return alert


CHANGES = [
    ("POST", "/api/v2/alerts", ALERT),
    ("POST", "/api/v2/silences", SILENCE),
    ("DELETE", "/api/v2/silence/x", None),
    ("POST", "/api/v2/alerts/f/ack", {"owner": "a"}),
    ("DELETE", "/api/v2/alerts/f/ack", None),
    ("POST", "/-/reload", None),
]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
async def test_only_the_operator_changes_anything(
    client: Client, desk: TestDesk, method: str, path: str, body: Any
) -> None:
    for token in (None, "", "wrong", "éé"):
        status, said = await client(method, path, body, token)
        assert (status, said) == (
            401,
            "expected the operator's token: as bearer token, or as password of a basic login",
        )
    login = "Basic " + base64.b64encode(b"ada:wrong").decode()
    assert (await client(method, path, body, None, authorization=login))[0] == 401
    async with opened(desk, Alerting()) as unguarded:
        client.site = unguarded
        status, said = await client(method, path, body)
        assert (status, said) == (403, "set alerting.token: it guards all that changes something")
    assert desk.written == []


@pytest.mark.parametrize(
    ("header", "words", "status"),
    [
        ("authorization", "Basic é", 401),
        ("authorization", "Bearer é", 401),
        ("origin", "http://[", 403),
    ],
)
async def test_a_header_that_makes_no_sense_is_refused(
    client: Client, header: str, words: str, status: int
) -> None:
    assert (await client("POST", "/-/reload", **{header: words}))[0] == status


async def test_a_page_of_another_site_changes_nothing(client: Client, desk: TestDesk) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert (await client("POST", "/api/v2/alerts", b"[]", **form))[0] == 415
    plain = {"content-type": "text/plain"}
    assert (await client("POST", "/api/v2/alerts", b"[]", **plain))[0] == 415
    evil = {"origin": "http://evil.example.org"}
    assert (await client("POST", "/api/v2/alerts", ALERT, **evil))[0] == 403
    assert (await client("GET", "/api/v2/alerts", host="evil.example.org"))[0] == 421
    own = {"origin": client.site}
    assert (await client("POST", "/api/v2/alerts", ALERT, **own))[0] == 200
    assert len(desk.written) == 1


async def test_every_answer_has_the_headers_that_keep_pages_safe(client: Client) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("/api/v2/alerts", "/nothing", "/-/ready"):
            async with session.get(client.site + path) as answer:
                assert HEADERS.items() <= {k.lower(): v for k, v in answer.headers.items()}.items()


async def test_a_large_or_deep_body_is_refused(client: Client, desk: TestDesk) -> None:
    large = b'[{"labels":{"a":"' + b"x" * 1_100_000 + b'"}}]'
    json = {"content-type": "application/json"}
    assert (await client("POST", "/api/v2/alerts", large, **json))[0] == 413
    assert (await client("POST", "/api/v2/alerts", b'[{"x":' + b"[" * 100_000, **json))[0] == 400
    assert (await client("POST", "/api/v2/alerts", b"\xff", **json))[0] == 400
    assert desk.written == []


async def test_who_waits_for_another_notifier_says_so(client: Client, desk: TestDesk) -> None:
    await fire(client, desk)
    desk.reign = None
    for method, path, body in (
        ("GET", "/api/v2/alerts", None),
        ("GET", "/-/ready", None),
        *CHANGES[:5],
    ):
        status, said = await client(method, path, body)
        assert status == 503, path
        assert "another notifier" in said
    assert (await client("GET", "/-/healthy"))[0] == 200


async def test_after_a_takeover_the_topics_count(client: Client, desk: TestDesk) -> None:
    alert = await fire(client, desk)
    desk.reign = 2
    # Another notifier ended it meanwhile.
    over = msgspec.structs.replace(
        alert,
        id=f"{alert.fingerprint}-{alert.episode}-resolved",
        state="resolved",
        ends_at=wall_clock(),
        updated_at=wall_clock(),
    )
    desk.state.take(over, wall_clock())
    again = await fire(client, desk)
    assert again.episode > alert.episode


async def test_a_configuration_is_read_anew_or_its_fault_said(
    client: Client, desk: TestDesk
) -> None:
    assert await client("POST", "/-/reload") == (200, "")
    desk.wrong = "alerting.yml:3: expected a receiver"
    assert await client("POST", "/-/reload") == (
        500,
        "failed to reload config: alerting.yml:3: expected a receiver\n",
    )


async def test_an_episode_is_acknowledged_and_given_back(client: Client, desk: TestDesk) -> None:
    alert = await fire(client, desk)
    path = f"/api/v2/alerts/{alert.fingerprint}/ack"
    status, ack = await client(
        "POST", path, {"owner": "Ada", "note": "disk", "for": "15m", "episode": alert.episode}
    )
    assert (status, ack["owner"], ack["status"]) == (200, "Ada", {"state": "active"})
    assert await client("GET", "/api/v2/acks") == (200, [ack])
    (_, explained) = await client("GET", f"/api/v2/alerts/{alert.fingerprint}/explain")
    assert explained["routes"][0]["receiver"] == "pager"
    assert explained["routes"][0]["hearers"][0]["next"] == "acknowledged by Ada: disk"

    assert (await client("DELETE", path))[0] == 200
    assert await client("GET", "/api/v2/acks") == (200, [])
    assert await client("DELETE", path) == (404, "nobody has acknowledged it")
    acks = [one for one in desk.written if isinstance(one, Ack)]
    assert [one.id for one in acks] == [f"{alert.fingerprint}-{alert.episode}"] * 2


async def test_a_late_acknowledgement_is_for_no_other_episode(
    client: Client, desk: TestDesk
) -> None:
    first = await fire(client, desk)
    over = [{**ALERT[0], "endsAt": "2001-01-01T00:00:00Z"}]
    assert (await client("POST", "/api/v2/alerts", over))[0] == 200
    path = f"/api/v2/alerts/{first.fingerprint}/ack"
    late = {"owner": "Ada", "episode": first.episode}
    said = "this episode of the alert is over: nothing was acknowledged"
    assert await client("POST", path, late) == (409, said)
    assert await client("POST", path, {"owner": "Ada"}) == (
        404,
        "no alert with this fingerprint fires",
    )
    await fire(client, desk)
    assert await client("POST", path, late) == (409, said)
    assert await client("GET", "/api/v2/acks") == (200, [])
    # As messages name it, with its episode: a late reader means the one that is over.
    named = f"/api/v2/alerts/{first.fingerprint}-{first.episode}"
    assert await client("POST", f"{named}/ack", {"owner": "Ada"}) == (409, said)
    unknown = "/api/v2/alerts/0000000000000000"
    assert (await client("POST", f"{unknown}/ack", {"owner": "Ada"}))[0] == 404
    assert (await client("GET", f"{unknown}/explain"))[0] == 404


async def test_the_history_says_who_was_told_what_came_of_it(
    client: Client, desk: TestDesk
) -> None:
    now = wall_clock()

    def entry(seq: int, phase: Any, at: int, **more: Any) -> Notification:
        return Notification(
            id=f"g/pager/slack/e/{seq}",
            ts=at,
            phase=phase,
            group="g",
            receiver="pager/slack",
            seq=seq,
            **more,
        )

    desk.entries = [
        entry(1, "intent", now - 7_200_000, firing=["f-1"], reason="new"),
        entry(1, "delivered", now - 7_199_000, attempts=2, detail="ok"),
        entry(2, "intent", now - 60_000, firing=["f-1"], resolved=["h-3"], reason="repeat"),
        entry(2, "failed", now - 50_000, attempts=9, detail="channel_not_found"),
        entry(3, "intent", now - 1_000, resolved=["f-1"], reason="resolved"),
    ]
    _, told = await client("GET", "/api/v2/history")
    assert [(one["seq"], one["result"], one["attempts"]) for one in told] == [
        (3, "open", 0),
        (2, "failed", 9),
        (1, "delivered", 2),
    ]
    assert (told[1]["detail"], told[1]["finished"]) == ("channel_not_found", now - 50_000)

    async def seqs(query: str) -> list[int]:
        _, found = await client("GET", f"/api/v2/history?{query}")
        return [one["seq"] for one in found]

    assert await seqs("since=1h") == [3, 2]
    assert await seqs("fingerprint=h") == [2]
    assert await seqs("fingerprint=f&receiver=pager") == [3, 2, 1]
    assert await seqs("fingerprint=h-3") == [2]
    assert await seqs("fingerprint=h-4") == []
    assert await seqs("receiver=pager/slack&group=g") == [3, 2, 1]
    assert await seqs("receiver=team") == await seqs("group=x") == []
    assert (await client("GET", "/api/v2/history?since=yesterday"))[0] == 400


async def test_what_nobody_repeats_ends_by_itself(desk: TestDesk) -> None:
    ahead = 0
    async with (
        opened(desk, clock=lambda: wall_clock() + ahead) as site,
        aiohttp.ClientSession() as session,
    ):
        client = Client(session, site)
        await fire(client, desk)
        ahead = 300_000
        async with session.get(f"{site}/api/v2/status") as answer:
            assert (await answer.json())["versionInfo"]["version"] == "0.25.0"
        async with asyncio.timeout(60):
            while len(desk.written) < 2:  # noqa: ASYNC110 -- only others know when
                await asyncio.sleep(0.05)
    last = desk.written[-1]
    assert isinstance(last, Alert)
    assert last.state == "resolved"
