"""An event that could not be read, with its bytes and the reason."""

import hashlib
from typing import Literal

import msgspec

# The closed list of reasons: they are label values, so a stranger's bytes never make one.
Reason = Literal[
    "tombstone",
    "empty",
    "json",
    "not_object",
    "depth",
    "type",
    "missing",
    "range",
    "schema_v",
    "ts_unit",
    "ts_range",
    "ts_future",
    "ts_past",
    "label_chars",
    "label_len",
    "too_wide",
    "receipt",
    "reward",
    "batch",
]
KEPT_BYTES = 256 * 1024
KEPT_OF_LARGER = 64 * 1024


class Reject(msgspec.Struct, frozen=True, gc=False):
    """Why an event was refused; `detail` names the place and quotes nothing of the input."""

    reason: Reason
    detail: str

    @property
    def leaves_letter(self) -> bool:
        """Whether there is anything to keep: a tombstone has no bytes and is only counted."""
        return self.reason != "tombstone"


class DeadLetter(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """The original bytes and where they stood; (topic, partition, offset) is its identity.

    `until` is 0 for one record. For a record batch that cannot be opened it is the offset after its
    last record, `offset` that of its first, and `value` the batch as it stands in the log.
    """

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
    until: int = 0
    v: int = 1


class Replay(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """That a dead letter is sent again to where it came from: begun, and then done.

    `end` is where that partition ended before: what was begun and never done either stands behind
    it, marked with its position, or was not sent.
    """

    topic: str
    partition: int
    offset: int
    state: Literal["begun", "done"]
    end: int
    at: int
    v: int = 1


class Cut(bytes):
    """The first bytes of a value that is too large to carry; `size` and `sha256` are of it all."""

    size: int
    sha256: str

    @classmethod
    def of(cls, value: bytes) -> "Cut":
        """Keep one byte more than a dead letter does, so that it is as oversized as the whole."""
        cut = cls(value[: KEPT_OF_LARGER + 1])
        cut.size, cut.sha256 = len(value), hashlib.sha256(value).hexdigest()
        return cut


def bury(
    reject: Reject,
    *,
    topic: str,
    partition: int,
    offset: int,
    value: bytes | None,
    key: bytes | None = None,
    append_ts: int = 0,
    until: int = 0,
) -> DeadLetter:
    """Keep a refused record: whole up to 256 KB, else its first 64 KB with size and hash.

    >>> bury(Reject("json", "byte 0"), topic="predictions", partition=0, offset=7, value=b"x").size
    1
    """
    body = value or b""
    if isinstance(body, Cut):
        size, sha256 = body.size, body.sha256
    else:
        size, sha256 = len(body), hashlib.sha256(body).hexdigest()
    return DeadLetter(
        topic=topic,
        partition=partition,
        offset=offset,
        reason=reject.reason,
        detail=reject.detail,
        value=bytes(body if size <= KEPT_BYTES else body[:KEPT_OF_LARGER]),
        key=key,
        size=size,
        sha256=sha256,
        append_ts=append_ts,
        until=until,
    )
