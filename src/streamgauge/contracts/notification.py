"""Who was told what: the delivery ledger."""

from typing import Literal

import msgspec

from streamgauge.contracts.event import Labels

Phase = Literal["claim", "intent", "delivered", "failed"]


class Notification(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """The intent to tell a receiver about a group of alerts, or the result of having tried.

    `epoch` is the offset of the claim under which the notifier wrote it; entries of an older epoch
    behind a newer claim do not count. `group` and `receiver` (for example `on-call/slack`) say who
    is told; `seq` counts their notices, `episode` is the same until nothing of the group fires.
    `firing` and `resolved` are `fingerprint-episode` of the alerts in it (of the intent only).
    `thread` is what the other side named the message by; `nonce` what a receipt of the notifier's
    machine names the intent by. Times in milliseconds.
    """

    id: str
    ts: int
    phase: Phase
    epoch: int = -1
    group: str = ""
    labels: Labels = {}
    receiver: str = ""
    seq: int = 0
    episode: str = ""
    reason: str = ""
    firing: list[str] = []
    resolved: list[str] = []
    attempts: int = 0
    detail: str = ""
    thread: dict[str, str] = {}
    nonce: str = ""
    v: int = 1
