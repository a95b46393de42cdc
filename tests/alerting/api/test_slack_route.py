"""The button of a Slack message acknowledges, for whoever Slack says pressed it."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from streamgauge.alerting.receivers.slack_blocks import write_button
from streamgauge.alerting.signing.slack_signature import SlackSignature
from streamgauge.contracts.alert import Ack
from streamgauge.settings import Alerting, SlackUser

from .desk import TOKEN, TestDesk, opened, wall_clock

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
HERE = "https://hooks.slack.com/actions/T0/1/x"


class Workspace:
    """Slack: presses buttons with its signature, and hears the answers in `heard`."""

    def __init__(self, desk: TestDesk) -> None:
        self.desk = desk
        self.site = ""
        self.heard: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    async def hear(self, address: str, body: Mapping[str, Any]) -> None:
        assert (body["response_type"], body["replace_original"]) == ("ephemeral", False)
        self.heard.put_nowait((address, body["text"]))

    async def press(
        self, value: str, *, reply: str = HERE, secret: str = SECRET, **more: Any
    ) -> int:
        payload = {
            "type": "block_actions",
            "user": {"id": "U1", "username": "ada", "team_id": "T0"},
            "actions": [{"action_id": "acknowledge", "type": "button", "value": value}],
            "response_url": reply,
            **more,
        }
        body = urlencode({"payload": json.dumps(payload)}).encode()
        at = str(wall_clock() // 1000)
        signature = SlackSignature(secret.encode()).sign(at, body)
        return await self.send(body, at, signature)

    async def send(self, body: bytes, at: str, signature: str) -> int:
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "x-slack-request-timestamp": at,
            "x-slack-signature": signature,
        }
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.site}/slack/actions", data=body, headers=headers) as answer,
        ):
            return answer.status

    async def answer(self) -> tuple[str, str]:
        return await asyncio.wait_for(self.heard.get(), 60)

    async def fire(self, severity: str = "critical") -> None:
        sent = [{"labels": {"alertname": "Full", "severity": severity}}]
        headers = {"authorization": f"Bearer {TOKEN}"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.site}/api/v2/alerts", json=sent, headers=headers) as answer,
        ):
            assert answer.status == 200


@pytest.fixture
async def slack() -> AsyncIterator[Workspace]:
    desk = TestDesk()
    workspace = Workspace(desk)
    alerting = Alerting(token=TOKEN, slack_signing_secret=SECRET)
    async with opened(desk, alerting, reply=workspace.hear) as site:
        workspace.site = site
        yield workspace


def acks(desk: TestDesk) -> list[Ack]:
    return [one for one in desk.written if isinstance(one, Ack)]


async def test_a_press_acknowledges_and_says_so(slack: Workspace) -> None:
    await slack.fire()
    value = write_button(slack.desk.notices[0])
    assert await slack.press(value) == 200
    address, said = await slack.answer()
    assert address == HERE
    assert said.startswith("acknowledged by ada (U1) until 20")
    (ack,) = acks(slack.desk)
    assert (ack.id, ack.owner) == (value, "ada (U1)")


async def test_once_people_are_named_only_the_operators_among_them_press() -> None:
    desk = TestDesk()
    slack = Workspace(desk)
    people = {"U1": SlackUser(name="Ada L."), "U2": SlackUser(name="Grace", role="viewer")}
    alerting = Alerting(token=TOKEN, slack_signing_secret=SECRET, slack_users=people)
    async with opened(desk, alerting, reply=slack.hear) as site:
        slack.site = site
        await slack.fire()
        value = write_button(desk.notices[0])
        for user, why in (("U2", "Grace is a viewer"), ("U3", "slack_users does not have U3")):
            # What they call themselves in Slack makes nobody an operator.
            assert await slack.press(value, user={"id": user, "username": "Ada L."}) == 200
            _, said = await slack.answer()
            assert said.startswith("nothing was acknowledged: ")
            assert why in said
        assert acks(desk) == []
        assert await slack.press(value) == 200
        _, said = await slack.answer()
        assert said.startswith("acknowledged by Ada L. until 20")
    assert [ack.owner for ack in acks(desk)] == ["Ada L."]


async def test_a_late_press_changes_nothing_and_says_so(slack: Workspace) -> None:
    await slack.fire()
    fingerprint, _, episode = write_button(slack.desk.notices[0]).rpartition("-")
    assert await slack.press(f"{fingerprint}-{int(episode) - 1},{'0' * 16}-1") == 200
    _, said = await slack.answer()
    assert said == "2 times: this episode of the alert is over: nothing was acknowledged"
    assert acks(slack.desk) == []


async def test_only_what_slack_signed_counts_and_only_once(slack: Workspace) -> None:
    await slack.fire()
    value = write_button(slack.desk.notices[0])
    assert await slack.press(value, secret="another secret") == 401
    body = urlencode(
        {"payload": json.dumps({"type": "view_closed", "user": {"id": "U1"}})}
    ).encode()
    at = str(wall_clock() // 1000)
    signature = SlackSignature(SECRET.encode()).sign(at, body)
    assert await slack.send(body, at, signature) == 200
    assert await slack.send(body, at, signature) == 401
    assert (
        await slack.send(b"payload=%7B", at, SlackSignature(SECRET.encode()).sign(at, b"x")) == 401
    )
    assert acks(slack.desk) == []


@pytest.mark.parametrize(
    "address",
    [
        "https://hooks.slack.com.example.org/x",
        "http://hooks.slack.com/x",
        "https://hooks.slack.com@example.org/x",
        "https://127.0.0.1/x",
        "https://[",
        "",
    ],
)
async def test_no_other_address_is_answered_to(slack: Workspace, address: str) -> None:
    await slack.fire()
    value = write_button(slack.desk.notices[0])
    assert await slack.press(value, reply=address) == 200
    assert await slack.press(value, user={"id": "U2", "name": "<!channel>"}) == 200
    # The second answer is the first that is sent; a person's name commands nothing.
    got, said = await slack.answer()
    assert got == HERE
    assert "&lt;!channel&gt; (U2)" in said
    assert slack.heard.empty()


async def test_what_is_no_press_of_ours_is_passed_over(slack: Workspace) -> None:
    await slack.fire()
    other = [{"action_id": "other", "value": write_button(slack.desk.notices[0])}]
    assert await slack.press("", actions=other) == 200
    assert await slack.press("nonsense") == 400
    body, at = b"a=1&" * 30, str(wall_clock() // 1000)
    assert await slack.send(body, at, SlackSignature(SECRET.encode()).sign(at, body)) == 400
    assert acks(slack.desk) == []


async def test_without_the_secret_nobody_presses() -> None:
    desk = TestDesk()
    workspace = Workspace(desk)
    async with opened(desk) as site:
        workspace.site = site
        assert await workspace.press("f-1") == 403
