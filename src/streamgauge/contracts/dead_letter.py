"""An event that could not be read, with its bytes and the reason."""

import hashlib
from typing import Literal

import msgspec

# The closed list of reasons: they are label values, so a stranger's bytes never make one.
Reason = Literal[
    "empty",
    "json",
    "type",
    "missing",
    "range",
    "schema_v",
    "ts_range",
    "ts_future",
    "ts_past",
    "label_chars",
    "label_len",
    "too_wide",
    "receipt",
    "reward",
]
KEPT_BYTES = 256 * 1024
KEPT_OF_LARGER = 64 * 1024


class Reject(msgspec.Struct, frozen=True, gc=False):
    """Why an event was refused; `detail` names the place and quotes nothing of the input."""

    reason: Reason
    detail: str


class DeadLetter(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """The original bytes and where they stood; (topic, partition, offset) is its identity."""

    topic: str
    partition: int
    offset: int
    reason: Reason
    detail: str
    value: bytes
    key: bytes | None = None
    size: int = 0
    sha256: str = ""
    append_ts: int = 0
    v: int = 1


def bury(
    reject: Reject,
    *,
    topic: str,
    partition: int,
    offset: int,
    value: bytes | None,
    key: bytes | None = None,
    append_ts: int = 0,
) -> DeadLetter:
    """Keep a refused record: whole up to 256 KB, else its first 64 KB with size and hash.

    >>> bury(Reject("json", "byte 0"), topic="predictions", partition=0, offset=7, value=b"x").size
    1
    """
    body = value or b""
    kept = body if len(body) <= KEPT_BYTES else body[:KEPT_OF_LARGER]
    return DeadLetter(
        topic=topic,
        partition=partition,
        offset=offset,
        reason=reject.reason,
        detail=reject.detail,
        value=kept,
        key=key,
        size=len(body),
        sha256=hashlib.sha256(body).hexdigest(),
        append_ts=append_ts,
    )
