"""Links in mails that acknowledge one episode: signed and expiring.

The link itself shows a page and does nothing: scanners of mail follow links. The page's form posts.
That one acts once is for the acknowledgement to say: it holds when the process does not.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from hashlib import sha256

import msgspec

LASTS = 24 * 3_600.0
_LONGEST = 1_000


class LinkError(Exception):
    """The link is not ours, expired, or was used; the text says which."""


class AckToken(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a link may do: acknowledge this episode of this alert until `expires` (s since 1970)."""

    fingerprint: str
    episode: int
    expires: int

    @property
    def id(self) -> str:
        """The episode's name, as in `acks`."""
        return f"{self.fingerprint}-{self.episode}"


class AckLinks:
    """Signs and verifies tokens with one key; `lasts` in seconds."""

    def __init__(self, key: bytes, lasts: float = LASTS) -> None:
        if len(key) < 16:
            raise ValueError("expected a key of at least 16 bytes")
        self._key = key
        self._lasts = lasts

    def __repr__(self) -> str:
        return "AckLinks(***)"

    def sign(self, fingerprint: str, episode: int, now: float) -> str:
        """A token for a link; of letters that need no escaping."""
        body = msgspec.json.encode(AckToken(fingerprint, episode, int(now + self._lasts)))
        return f"{_text(body)}.{_text(self._mac(body))}"

    def verify(self, token: str, now: float) -> AckToken:
        """What the token allows."""
        first, dot, second = token.partition(".")
        if not dot or len(token) > _LONGEST or not token.isascii():
            raise LinkError("not a link of ours")
        try:
            body, mac = _bytes(first), _bytes(second)
        except (Base64Error, ValueError):
            raise LinkError("not a link of ours") from None
        if not hmac.compare_digest(mac, self._mac(body)):
            raise LinkError("not a link of ours")
        try:
            found = msgspec.json.decode(body, type=AckToken)
        except msgspec.DecodeError:
            raise LinkError("not a link of ours") from None
        if now > found.expires:
            raise LinkError("the link has expired")
        return found

    def _mac(self, body: bytes) -> bytes:
        return hmac.new(self._key, b"ack:" + body, sha256).digest()


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
