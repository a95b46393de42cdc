"""Who was told what: the delivery ledger."""

from typing import Literal

import msgspec


class Notification(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """The intent to tell a receiver about an alert, or the result of having tried."""

    id: str
    ts: int
    alert: str
    fingerprint: str
    receiver: str
    phase: Literal["intent", "delivered", "failed"]
    attempts: int = 0
    detail: str = ""
    v: int = 1
