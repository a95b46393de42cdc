"""`/slack/actions`: the buttons of messages, signed by Slack, answered at once and done after."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
from aiohttp import web
from confluent_kafka import KafkaException

from streamgauge.alerting.api import slack_action
from streamgauge.alerting.api.acknowledgement import USUAL, PostedAck, acknowledge
from streamgauge.alerting.api.guard import json
from streamgauge.alerting.api.office import Office
from streamgauge.alerting.api.refusal import RefusedError
from streamgauge.alerting.api.slack_action import Press
from streamgauge.alerting.instant import show
from streamgauge.alerting.receivers.slack_text import escape
from streamgauge.alerting.signing.slack_signature import SignatureError, SlackSignature
from streamgauge.settings import SlackUser

_log = logging.getLogger(__name__)
_TIMEOUT = aiohttp.ClientTimeout(total=10)
PATH = "/slack/actions"

Reply = Callable[[str, Mapping[str, Any]], Awaitable[None]]


class SlackRoutes:
    """The handler; `reply` sends an answer to Slack. With `users`, only their operators act."""

    def __init__(
        self,
        office: Office,
        signature: SlackSignature | None,
        reply: Reply,
        users: Mapping[str, SlackUser],
    ) -> None:
        self._office = office
        self._users = users
        self._signature = signature
        self._reply = reply
        self._tasks: set[asyncio.Task[None]] = set()

    def routes(self) -> list[web.RouteDef]:
        return [web.post(PATH, self.press)]

    async def press(self, request: web.Request) -> web.Response:
        """200 to what Slack signed, whatever comes of it: Slack waits for 3 s only."""
        if self._signature is None:
            raise RefusedError(403, "set alerting.slack_signing_secret")
        body = await request.read()
        try:
            self._signature.verify(request.headers, body, self._office.clock() / 1000)
        except SignatureError as error:
            raise RefusedError(401, f"not signed by Slack: {error}") from None
        press = slack_action.read(body)
        if press is not None:
            task = asyncio.create_task(self._do(press))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return json({})

    async def _do(self, press: Press) -> None:
        try:
            text = await self._acknowledge_all(press, slack_action.owner(press, self._users))
        except RefusedError as error:
            _log.info("%s of %s refused: %s", PATH, press.user, error)
            text = str(error)
        if not slack_action.is_slack(press.reply):
            _log.warning("Slack named an address to answer to that is not its own")
            return
        try:
            await self._reply(press.reply, slack_action.reply(escape(text)))
        except (aiohttp.ClientError, TimeoutError) as error:
            _log.warning("Slack did not take the answer: %s", type(error).__name__)

    async def _acknowledge_all(self, press: Press, owner: str) -> str:
        said: dict[str, int] = {}
        for fingerprint, episode in press.episodes:
            result = await self._acknowledge(owner, fingerprint, episode)
            said[result] = said.get(result, 0) + 1
        return "; ".join(
            f"{count} times: {one}" if count > 1 else one for one, count in said.items()
        )

    async def _acknowledge(self, owner: str, fingerprint: str, episode: int) -> str:
        asked = PostedAck(owner=owner, lasts=USUAL, episode=episode)
        try:
            ack = acknowledge(asked, self._office.alert(fingerprint), self._office.clock())
            await self._office.acknowledge(ack, "Slack")
        except RefusedError as error:
            return str(error)
        except (KafkaException, TimeoutError):
            return "Kafka does not take it now: nothing was acknowledged"
        return f"acknowledged by {owner} until {show(ack.ends_at)}"


async def send(address: str, body: Mapping[str, Any]) -> None:
    """Answer Slack; no redirect is followed."""
    async with (
        aiohttp.ClientSession(timeout=_TIMEOUT) as session,
        session.post(address, json=body, allow_redirects=False) as answer,
    ):
        answer.raise_for_status()
