"""What a message on one of the read topics says; a message that cannot be read says that."""

from collections.abc import Callable
from typing import Any

import msgspec

from streamgauge.contracts.alert import Ack, Alert
from streamgauge.contracts.allocation import Allocation
from streamgauge.contracts.codec import decoder
from streamgauge.contracts.dead_letter import Reject
from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.measure import AnyReading, Measure, Signal, Tick


class Forget(msgspec.Struct, frozen=True):
    """A tombstone: the compacted topic no longer holds this key."""

    topic: str
    key: str


class Unread(msgspec.Struct, frozen=True):
    """A message that could not be read, and why; its bytes are not repeated."""

    topic: str
    reason: str


Record = Measure | Signal | Tick | Alert | Ack | Allocation | Heartbeat | Forget | Unread

# What is read; the compacted ones from their start, the others from an hour ago.
COMPACTED = ("alert-state", "acks", "allocations")
RECENT = ("measures", "alerts", "heartbeats")

# AnyReading is a union, which a type checker does not take for a type[T].
_readings: Any = AnyReading
_READ: dict[str, Callable[[bytes | None], Record | Reject]] = {
    "measures": decoder(_readings),
    "alerts": decoder(Alert),
    "alert-state": decoder(Alert),
    "acks": decoder(Ack),
    "allocations": decoder(Allocation),
    "heartbeats": decoder(Heartbeat),
}


def read(topic: str, key: bytes | None, value: bytes | None) -> Record:
    """The record in a message; never raises.

    >>> read("alerts", None, b"{}")
    Unread(topic='alerts', reason='missing required field id')
    >>> read("allocations", b"price", None)
    Forget(topic='allocations', key='price')
    """
    if value is None and topic in COMPACTED:
        return Forget(topic, (key or b"").decode("utf-8", "replace"))
    record = _READ[topic](value)
    return Unread(topic, record.detail) if isinstance(record, Reject) else record
