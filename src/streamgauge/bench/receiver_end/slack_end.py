"""Slack as it documents itself: an incoming webhook and the three methods that a bot calls.

Sources: docs.slack.dev: "Sending messages using incoming webhooks" (its errors), "Rate limits" (one
message a second and channel, bursts allowed, 429 with Retry-After), chat.postMessage, chat.update,
conversations.history and .replies (their errors), "Blocks" (50 blocks, section 3,000, header 150,
fields 10 of 2,000 characters, button value 2,000).
"""

import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from aiohttp import web

from streamgauge.bench.receiver_end.http_end import HttpEnd

_HOOK = "/services/T0/B0/canary-7f3a"


class SlackEnd(HttpEnd):
    """`log` has accepted messages; `messages` what now stands in the channels, by `ts`.

    `rate` messages a second and channel after `burst` at once, None without a limit. `readable`
    is whether the bot may read the channel's history.
    """

    paths = (
        _HOOK,
        "/api/chat.postMessage",
        "/api/chat.update",
        "/api/conversations.history",
        "/api/conversations.replies",
    )
    token = "xoxb-canary-7f3a"  # noqa: S105 -- no secret: the end's own

    def __init__(self, rate: float | None = None, burst: int = 1) -> None:
        super().__init__()
        self.rate, self.burst = rate, burst
        self.readable = True
        # An error that every method of the bot answers with.
        self.says = ""
        self.messages: dict[str, dict[str, Any]] = {}
        self.limited = 0
        self._tokens: dict[str, tuple[float, float]] = {}

    def take(self, path: str, headers: Mapping[str, str], body: bytes) -> web.Response:
        """Answer as Slack does; what is accepted stands in a channel."""
        name = urlsplit(path).path.rpartition("/")[2]
        if path == _HOOK:
            return self._hook(path, headers, msgspec.json.decode(body, type=dict[str, Any]))
        known = headers.get("Authorization") == f"Bearer {self.token}"
        if refused := self.says if known else "invalid_auth":
            return _refuse(refused)
        if name.startswith("conversations."):
            return self._history(parse_qs(urlsplit(path).query))
        message = msgspec.json.decode(body, type=dict[str, Any])
        if error := next(_wrong(message), None):
            return _refuse(error)
        if not message.get("channel"):
            return _refuse("channel_not_found")
        method = self._update if name == "chat.update" else self._post
        return method(path, headers, message)

    def _post(self, path: str, headers: Mapping[str, str], message: dict[str, Any]) -> web.Response:
        channel = str(message["channel"])
        if (wait := self._wait(channel)) is not None:
            return wait
        ts = f"{time.time():.6f}"
        while ts in self.messages:
            ts = f"{float(ts) + 1e-6:.6f}"
        self.messages[ts] = message
        self.keep(path, headers, message)
        return web.json_response({"ok": True, "channel": channel, "ts": ts})

    def _hook(self, path: str, headers: Mapping[str, str], message: dict[str, Any]) -> web.Response:
        if next(_wrong(message), None):
            return web.Response(status=400, text="invalid_payload")
        if (wait := self._wait("webhook")) is not None:
            return wait
        self.keep(path, headers, message)
        return web.Response(text="ok")

    def _update(
        self, path: str, headers: Mapping[str, str], message: dict[str, Any]
    ) -> web.Response:
        ts = str(message.get("ts"))
        if ts not in self.messages:
            return _refuse("message_not_found")
        self.messages[ts] = message
        self.keep(path, headers, message)
        return web.json_response({"ok": True, "channel": message["channel"], "ts": ts})

    def _history(self, query: dict[str, list[str]]) -> web.Response:
        if not self.readable:
            return _refuse("missing_scope")
        oldest = float(query.get("oldest", ["0"])[0])
        thread = query.get("ts", [None])[0]
        found = [
            message | {"ts": ts}
            for ts, message in sorted(self.messages.items(), reverse=True)
            if float(ts) >= oldest and message.get("thread_ts") == thread
        ]
        limit = int(query.get("limit", ["100"])[0])
        return web.json_response({"ok": True, "messages": found[:limit]})

    def _wait(self, channel: str) -> web.Response | None:
        """429 if the channel's bucket is empty."""
        if self.rate is None:
            return None
        now = time.monotonic()
        tokens, at = self._tokens.get(channel, (float(self.burst), now))
        tokens = min(float(self.burst), tokens + (now - at) * self.rate)
        if tokens < 1:
            self._tokens[channel] = (tokens, now)
            self.limited += 1
            return web.Response(status=429, text="rate_limited", headers={"Retry-After": "1"})
        self._tokens[channel] = (tokens - 1, now)
        return None


def _refuse(error: str) -> web.Response:
    return web.json_response({"ok": False, "error": error})


def _wrong(message: dict[str, Any]) -> Iterator[str]:
    """What Slack would refuse."""
    if len(message.get("text", "")) > 40_000:
        yield "msg_too_long"
    attachments = message.get("attachments", [])
    blocks = [*message.get("blocks", ())]
    for attachment in attachments:
        blocks += attachment.get("blocks", ())
    if len(blocks) > 50:
        yield "invalid_blocks"
    if not blocks and not message.get("text"):
        yield "no_text"
    for block in blocks:
        if not _is_block(block):
            yield "invalid_blocks"


def _is_block(block: dict[str, Any]) -> bool:
    kind = block.get("type")
    if kind == "header":
        return block["text"]["type"] == "plain_text" and 0 < len(block["text"]["text"]) <= 150
    if kind == "section":
        fields = block.get("fields", [])
        text = len(block["text"]["text"]) if "text" in block else len(fields)
        return (
            0 < text <= 3_000
            and len(fields) <= 10
            and all(len(one["text"]) <= 2_000 for one in fields)
        )
    if kind == "actions":
        return len(block["elements"]) <= 25 and all(
            len(one.get("value", "")) <= 2_000
            and len(one["action_id"]) <= 255
            and len(one.get("url", "")) <= 3_000
            for one in block["elements"]
        )
    return kind in ("context", "divider")
