"""Slack's signature of a request: who pressed the button is who Slack says.

Source: docs.slack.dev, "Verifying requests from Slack": v0 = HMAC-SHA256 over `v0:timestamp:body`,
compared in constant time; a request that is older than five minutes is refused.
"""

import hmac
from collections.abc import Mapping
from hashlib import sha256

from streamgauge.alerting.signing.replay import Replays

WINDOW = 300.0


class SignatureError(Exception):
    """The request is not from Slack, too old, or was sent before; the text says which."""


class SlackSignature:
    """Verifies requests with the app's signing secret."""

    def __init__(self, secret: bytes) -> None:
        if not secret:
            raise ValueError("an empty signing secret signs for everybody")
        self._secret = secret
        self._replays = Replays()

    def __repr__(self) -> str:
        return "SlackSignature(***)"

    def sign(self, timestamp: str, body: bytes) -> str:
        """The signature of a raw body, as Slack computes it."""
        text = b"v0:" + timestamp.encode() + b":" + body
        return "v0=" + hmac.new(self._secret, text, sha256).hexdigest()

    def verify(self, headers: Mapping[str, str], body: bytes, now: float) -> None:
        """Return if the request is Slack's and new; `now` in seconds since 1970."""
        timestamp = headers.get("X-Slack-Request-Timestamp", "")
        signature = headers.get("X-Slack-Signature", "")
        if not timestamp.isascii() or not timestamp.isdecimal() or len(timestamp) > 12:
            raise SignatureError("no timestamp")
        if abs(now - int(timestamp)) > WINDOW:
            raise SignatureError("older or newer than five minutes")
        given = signature.encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(self.sign(timestamp, body).encode(), given):
            raise SignatureError("wrong signature")
        # Both sides of the window: a request may be dated five minutes ahead.
        if not self._replays.use(f"{timestamp}:{signature}", now, 2 * WINDOW + 1):
            raise SignatureError("sent before")
