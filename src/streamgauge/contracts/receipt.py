"""The signed token that ties a later outcome to its prediction, without any join state."""

import base64
import binascii
import hmac
from collections.abc import Mapping

import msgspec

from streamgauge.contracts.dead_letter import Reject
from streamgauge.contracts.prediction import Task

DAY_MS = 86_400_000


class Claims(msgspec.Struct, kw_only=True, frozen=True, gc=False, omit_defaults=True):
    """What the inference service knew when it answered. Signed, not encrypted.

    `confidence` is that of the prediction, `score` the probability of the positive class. Fields
    that came later have defaults, so that receipts issued before them stay valid.
    """

    id: str
    ts: int
    model: str
    version: str
    prediction: float | str | None = None
    score: float | None = None
    confidence: float | None = None
    task: Task | None = None
    experiment: str | None = None
    arm: str | None = None
    allocation: int | None = None
    propensity: float | None = None
    unit: str | None = None
    endpoint: str | None = None
    dimensions: dict[str, str] = {}


class Receipts:
    """Issues receipts with the first key and accepts those of every key (two, while one rotates).

    >>> desk = Receipts({"k1": b"secret"})
    >>> token = desk.issue(Claims(id="p1", ts=1_700_000_000_000, model="m", version="1"))
    >>> desk.check(token, now=1_700_000_001_000).id
    'p1'
    >>> desk.check(token[:-1], now=1_700_000_001_000).reason
    'receipt'
    """

    def __init__(self, keys: Mapping[str, bytes], horizon_ms: int = 35 * DAY_MS) -> None:
        if not keys or any(not secret for secret in keys.values()):
            raise ValueError("receipts need at least one key, and no key may be empty")
        if any("." in name or not name for name in keys):
            raise ValueError("a receipt key's name is not empty and holds no dot")
        self._keys = dict(keys)
        self._current = next(iter(keys))
        self._horizon_ms = horizon_ms
        self._decode = msgspec.json.Decoder(Claims).decode

    def issue(self, claims: Claims) -> str:
        """A token `key.payload.signature`, safe in a URL."""
        body = f"{self._current}.{_b64(msgspec.json.encode(claims))}"
        return f"{body}.{_b64(_sign(self._keys[self._current], body))}"

    def check(self, token: str, now: int) -> Claims | Reject:
        """The claims, if the token is ours, whole and younger than the horizon."""
        body, _, signature = token.rpartition(".")
        name, _, payload = body.partition(".")
        # An unknown key is signed all the same: its absence takes as long as a bad signature.
        secret = self._keys.get(name, b"-")
        given = signature.encode("utf-8", "replace")
        if not hmac.compare_digest(_b64(_sign(secret, body)).encode(), given):
            return Reject("receipt", "signature does not match")
        if name not in self._keys:
            return Reject("receipt", "unknown key")
        try:
            claims = self._decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        except (msgspec.DecodeError, binascii.Error, UnicodeDecodeError):
            return Reject("receipt", "payload cannot be read")
        if now - claims.ts > self._horizon_ms:
            return Reject("receipt", "older than the label horizon")
        return claims


def _sign(secret: bytes, body: str) -> bytes:
    return hmac.digest(secret, body.encode("utf-8", "replace"), "sha256")


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
