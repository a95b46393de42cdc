"""Bytes to events and back; a stranger's bytes become a `Reject`, never an exception."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from streamgauge.contracts.dead_letter import Reject
from streamgauge.contracts.event import SOURCE, Event
from streamgauge.contracts.event_reader import Decoded, EventReader

T = TypeVar("T")

# What reading bytes raises: msgspec tells most itself, but not bytes that are no UTF-8 within a
# string, nor JSON that nests too deep.
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

_encoder = msgspec.json.Encoder()
encode: Callable[[Any], bytes] = _encoder.encode


def decode(kind: type[T], value: bytes) -> T:
    """Read one of our own records; anything wrong with it is a bug and raises."""
    return msgspec.json.decode(value, type=kind)


def decoder(kind: type[T]) -> Callable[[bytes | None], T | Reject]:
    """Read a stranger's record: the event, or why it is none.

    >>> from streamgauge.contracts.outcome import Outcome
    >>> decoder(Outcome)(b'{"v":1,"id":"a"}').detail
    'missing required field ts'
    """
    return EventReader(kind).one


def batch_decoder(kind: type[T]) -> Callable[[Sequence[bytes | None]], Decoded[T]]:
    """Read many records: the events, and the refused ones with their places."""
    return EventReader(kind).read


def ce_type(event: object) -> bytes:
    """The CloudEvents type of an event, for example `streamgauge.prediction.v1`."""
    return f"streamgauge.{type(event).__name__.lower()}.v1".encode()


def headers(event: Event, event_id: str, ts: int, *, hot: bool) -> list[tuple[str, bytes]]:
    """CloudEvents attributes as Kafka headers; hot topics carry the type only."""
    if hot:
        return [("ce_type", ce_type(event))]
    return [
        ("ce_specversion", b"1.0"),
        ("ce_type", ce_type(event)),
        ("ce_source", SOURCE.encode()),
        ("ce_id", event_id.encode()),
        ("ce_time", datetime.fromtimestamp(ts / 1000, UTC).isoformat().encode()),
    ]
