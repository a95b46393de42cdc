"""Slack through an incoming webhook, whose address is the secret."""

import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import aiohttp

from streamgauge.alerting.message.compose import compose
from streamgauge.alerting.message.message import Message
from streamgauge.alerting.receivers.receiver import (
    Context,
    Defaults,
    Delivered,
    DeliveryError,
    ParameterError,
    Parameters,
    Receiver,
    Surroundings,
)
from streamgauge.alerting.receivers.secret import Secret, read_secret
from streamgauge.alerting.routing.notice import Notice

_TIMEOUT = aiohttp.ClientTimeout(total=15)
_COLOUR = {"critical": "#c62828", "warning": "#ef8f00", "info": "#1976d2"}
_RESOLVED = "#2e7d32"
# Slack's limits for a header and for the text of a section.
_TITLE, _SECTION = 150, 3_000
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class SlackDefaults(Defaults, frozen=True):
    """Fields of `global`: the file that holds the webhook's address."""

    slack_api_url_file: Path | None = None


class Slack(Parameters, frozen=True):
    """`slack_configs`: the webhook names the channel."""

    kind: ClassVar[str] = "slack"
    defaults: ClassVar[type[Defaults]] = SlackDefaults

    api_url_file: Path | None = None

    def open(self, defaults: Any, surroundings: Surroundings) -> "SlackReceiver":
        """Read the webhook's address; it has to be https unless it is on this machine."""
        path = self.api_url_file or defaults.slack_api_url_file
        if path is None:
            raise ParameterError(
                "api_url_file", "expected a file, here or as global slack_api_url_file"
            )
        secret = read_secret("api_url_file", path, surroundings.folder)
        address = urlsplit(secret.reveal())
        safe = address.scheme == "https" or (
            address.scheme == "http" and address.hostname in _LOOPBACK
        )
        if not safe or not address.hostname:
            raise ParameterError("api_url_file", f"{path}: expected an https address in it")
        return SlackReceiver(secret)


class SlackReceiver(Receiver):
    """Posts; follows no redirect, so that the address cannot lead elsewhere."""

    def __init__(self, webhook: Secret) -> None:
        self._webhook = webhook
        self._session: aiohttp.ClientSession | None = None

    async def send(self, notices: Sequence[Notice], context: Context) -> Delivered:
        """Post one message; 429 and 5xx may be tried again, other refusals are final."""
        (notice,) = notices
        message = compose(
            notice,
            external_url=context.external_url,
            again=context.again,
            ack_link=context.ack_link,
        )
        self._session = self._session or aiohttp.ClientSession(timeout=_TIMEOUT)
        try:
            async with self._session.post(
                self._webhook.reveal(), json=payload(message), allow_redirects=False
            ) as answer:
                status = answer.status
                word = (await answer.content.read(200)).decode("utf-8", "replace")
                wait = answer.headers.get("Retry-After")
        except (aiohttp.ClientError, TimeoutError) as error:
            # The error's own text can quote the address.
            raise DeliveryError(type(error).__name__) from None
        if status == 200:
            return Delivered(f"HTTP 200 {_word(word)}")
        raise DeliveryError(
            f"HTTP {status} {_word(word)}",
            permanent=status != 429 and status < 500,
            retry_after=_seconds(wait),
        )

    async def close(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.close()


def payload(message: Message) -> dict[str, Any]:
    """The message in Slack's blocks; `text` is what a notification shows."""
    colour = _RESOLVED if message.status == "resolved" else _COLOUR.get(message.severity, "#616161")
    facts = [f"*{escape(name)}*: {escape(text)}" for name, text in message.every_fact()]
    return {
        "text": escape(message.title[:_TITLE]),
        "unfurl_links": False,
        "attachments": [
            {
                "color": colour,
                "blocks": [
                    {
                        "type": "header",
                        "text": {"type": "plain_text", "text": message.title[:_TITLE]},
                    },
                    *(
                        {
                            "type": "section",
                            "text": {"type": "mrkdwn", "text": text, "verbatim": True},
                        }
                        for text in _sections(facts)
                    ),
                ],
            }
        ],
    }


def escape(text: str) -> str:
    """Take Slack's three control characters their meaning: no mention and no link comes of data.

    >>> escape("<!channel> & more")
    '&lt;!channel&gt; &amp; more'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _sections(facts: list[str]) -> list[str]:
    sections = [""]
    for fact in facts:
        # A fact is cut before it was escaped (message.py), so that no entity is cut in two.
        if len(sections[-1]) + len(fact) + 1 > _SECTION:
            sections.append("")
        sections[-1] += f"\n{fact}" if sections[-1] else fact
    return [section for section in sections if section]


def _word(body: str) -> str:
    """Slack answers with one word such as no_service; nothing longer is repeated."""
    return body if len(body) < 40 and body.replace("_", "").isalnum() else ""


def _seconds(text: str | None) -> float | None:
    """Retry-After: seconds or a date."""
    if text is None:
        return None
    with contextlib.suppress(ValueError):
        return max(0.0, float(text))
    with contextlib.suppress(ValueError):
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    return None
