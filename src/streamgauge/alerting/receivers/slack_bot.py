"""Slack as a bot: one message an episode, changed in place, news in its thread."""

import time
from collections.abc import Sequence
from typing import Any

import msgspec

from streamgauge.alerting.receivers.http import MAX_WAIT, Client
from streamgauge.alerting.receivers.receiver import Context, Delivered, DeliveryError, Receiver
from streamgauge.alerting.receivers.secret import Secret
from streamgauge.alerting.receivers.slack_blocks import Post, write, write_button, write_post
from streamgauge.alerting.receivers.telling import Telling
from streamgauge.alerting.routing.notice import Notice
from streamgauge.contracts.codec import UNREADABLE

_EVENT = "streamgauge_notice"
# docs.slack.dev, errors of the methods: these may go away by themselves.
_PASSING = frozenset(
    {
        "ratelimited",
        "rate_limited",
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "team_added_to_org",
    }
)
# Of these the whole channel hears, not only who follows the thread.
_LOUD = frozenset({"new", "repeat", "escalated"})
# A message whose outcome is unknown is looked for that far back, in seconds.
_LOOK_BACK = 3_600
# The metadata of a message names so many notices at most.
_NAMED = 100


class SlackBot(Receiver):
    """`thread` keeps channel and `ts` of the episode's message, and whether others share it."""

    rate = 1.0
    burst = 3
    coalesces = True

    def __init__(
        self,
        *,
        client: Client,
        token: Secret,
        channel: str,
        telling: Telling,
        look: dict[str, str],
        in_place: bool,
        button: bool,
    ) -> None:
        self._client, self._token, self._channel = client, token, channel
        self._telling, self._look = telling, look
        self._in_place, self._button = in_place, button

    async def send(self, notices: Sequence[Notice], context: Context) -> Delivered:
        """Post, or change the episode's message and say in its thread what is new."""
        if context.again and (looked := await self._look_for(notices, context)) is not None:
            missing, thread = looked
            if not missing:
                return Delivered("ok, it had arrived", thread)
            # Known not to have arrived: no repeat is possible.
            notices, context = missing, msgspec.structs.replace(context, again=False)
        button = write_button(notices[0]) if self._button and len(notices) == 1 else ""
        post = write(self._telling, notices, context, button=button)
        if len(notices) == 1 and "ts" in context.thread:
            return await self._follow(notices[0], context, post)
        message = post.payload() | self._look | {"channel": self._channel}
        answer = await self._call("chat.postMessage", message | _metadata(notices))
        if not {"channel", "ts"} <= answer.keys():
            # Told it is, and must not be told again: only its thread cannot be followed.
            return Delivered("ok, without the message's ts")
        thread = {"channel": str(answer["channel"]), "ts": str(answer["ts"])}
        if len(notices) > 1:
            thread["shared"] = "yes"
        return Delivered("ok", thread)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _follow(self, notice: Notice, context: Context, post: Post) -> Delivered:
        thread = context.thread
        place = {"channel": thread["channel"], "ts": thread["ts"]}
        # A message of several groups, or of alerts that nobody owns yet, would lose what it says
        # about the others.
        whole = notice.reason != "acknowledged" or notice.whole
        if self._in_place and whole and "shared" not in thread:
            try:
                await self._call("chat.update", post.payload() | place)
            except DeliveryError as error:
                # Deleted by somebody, for example: the thread tells it all the same.
                if not error.permanent:
                    raise
        reply = write_post(self._telling.say(notice, context, 3)).payload() | self._look
        reply |= {
            "channel": thread["channel"],
            "thread_ts": thread["ts"],
            "reply_broadcast": notice.reason in _LOUD,
        }
        await self._call("chat.postMessage", reply | _metadata([notice]))
        return Delivered("ok, in the thread", dict(thread))

    async def _look_for(
        self, notices: Sequence[Notice], context: Context
    ) -> tuple[list[Notice], dict[str, str]] | None:
        """Which have not arrived by an earlier try, and the message of those that have.

        Messages are known by their metadata; None if the bot may not look.
        """
        since = min(time.time(), *(notice.at / 1000 for notice in notices)) - _LOOK_BACK
        query = {
            "channel": context.thread.get("channel", self._channel),
            "oldest": f"{since:.6f}",
            "limit": "200",
            "include_all_metadata": "true",
        }
        method = "conversations.history"
        if "ts" in context.thread:
            method, query["ts"] = "conversations.replies", context.thread["ts"]
        try:
            answer = await self._call(method, None, query)
        except DeliveryError as error:
            if error.permanent:
                return None
            raise
        missing = {notice.name: notice for notice in notices}
        thread = dict(context.thread)
        for message in answer.get("messages") or ():
            ts, keys = _ours(message)
            for key in missing.keys() & {*keys}:
                del missing[key]
                shared = {"shared": "yes"} if len(keys) > 1 else {}
                thread = thread or {"channel": query["channel"], "ts": ts} | shared
        return list(missing.values()), thread

    async def _call(
        self, method: str, body: dict[str, Any] | None, query: dict[str, str] | None = None
    ) -> dict[str, Any]:
        answer = await self._client.call(
            method,
            None if body is None else msgspec.json.encode(body),
            headers={"Authorization": f"Bearer {self._token.reveal()}"},
            query=query,
        )
        if refusal := answer.refusal():
            raise refusal
        try:
            said = msgspec.json.decode(answer.body, type=dict[str, Any])
        except UNREADABLE:
            raise DeliveryError(f"HTTP {answer.status} without JSON", unknown=True) from None
        if said.get("ok") is not True:
            error = str(said.get("error", ""))[:40]
            word = error if error.replace("_", "").isalnum() else "refused"
            raise DeliveryError(
                f"Slack: {word}",
                permanent=word not in _PASSING,
                retry_after=min(answer.wait, MAX_WAIT) if answer.wait is not None else None,
            )
        return said


class _Payload(msgspec.Struct):
    keys: list[str]


class _Metadata(msgspec.Struct):
    event_type: str
    event_payload: _Payload


class _Found(msgspec.Struct):
    ts: str
    metadata: _Metadata


def _ours(message: object) -> tuple[str, list[str]]:
    """Where a message of the channel is, and the notices that it tells; other apps write there."""
    try:
        found = msgspec.convert(message, _Found)
    except msgspec.ValidationError:
        return "", []
    ours = found.metadata.event_type == _EVENT
    return found.ts, found.metadata.event_payload.keys if ours else []


def _metadata(notices: Sequence[Notice]) -> dict[str, Any]:
    keys = [notice.name for notice in notices[:_NAMED]]
    return {"metadata": {"event_type": _EVENT, "event_payload": {"keys": keys}}}
