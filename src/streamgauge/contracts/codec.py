"""Bytes to events and back; a stranger's bytes become a `Reject`, never an exception."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from streamgauge.contracts.dead_letter import Reason, Reject
from streamgauge.contracts.event import SOURCE, Event

T = TypeVar("T")

# What reading bytes raises: msgspec tells most itself, but not bytes that are no UTF-8 within a
# string, nor JSON that nests too deep.
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

_encoder = msgspec.json.Encoder()
encode: Callable[[Any], bytes] = _encoder.encode

_PLACE = re.compile(r"`(\$[^`]*)`$")
_MISSING = re.compile(r"missing required field `([^`]+)`")
# These begin the only messages that repeat what was sent.
_QUOTING = ("Invalid enum value", "Invalid value")
# msgspec words a broken limit as "Expected `int` >= 0"; a wrong type has no comparison in it.
_LIMIT = re.compile(r"Expected `[^`]+` (?:[<>]|of length|matching)")


def decode(kind: type[T], value: bytes) -> T:
    """Read one of our own records; anything wrong with it is a bug and raises."""
    return msgspec.json.decode(value, type=kind)


def decoder(kind: type[T]) -> Callable[[bytes | None], T | Reject]:
    """Read a stranger's record: the event, or why it is none.

    >>> from streamgauge.contracts.outcome import Outcome
    >>> decoder(Outcome)(b'{"v":1,"id":"a"}').detail
    'missing required field ts'
    """
    read = msgspec.json.Decoder(kind).decode

    def one(value: bytes | None) -> T | Reject:
        if not value:
            return Reject("empty", "no bytes")
        try:
            return read(value)
        except Exception as error:
            return explain(error)

    return one


def batch_decoder(
    kind: type[T],
) -> Callable[[Sequence[bytes | None]], tuple[list[T], list[int], list[tuple[int, Reject]]]]:
    """Read many records: the events, their places in the batch, and the refused ones with theirs.

    A batch without a bad record, nearly every one, is a single list comprehension.
    """
    read = msgspec.json.Decoder(kind).decode
    one = decoder(kind)

    def many(
        values: Sequence[bytes | None],
    ) -> tuple[list[T], list[int], list[tuple[int, Reject]]]:
        try:
            return [read(value) for value in values], list(range(len(values))), []  # type: ignore[arg-type]  # None raises and is sorted out below
        except Exception:
            events: list[T] = []
            places: list[int] = []
            rejects: list[tuple[int, Reject]] = []
            for place, value in enumerate(values):
                result = one(value)
                if isinstance(result, Reject):
                    rejects.append((place, result))
                else:
                    events.append(result)
                    places.append(place)
            return events, places, rejects

    return many


def explain(error: Exception) -> Reject:
    """Name what was wrong from the closed list of reasons; quotes the place, not the input."""
    text = str(error)
    if not isinstance(error, msgspec.ValidationError):
        # DecodeError, UnicodeDecodeError and RecursionError: not JSON that anybody should send.
        return Reject("json", type(error).__name__)
    place = _PLACE.search(text)
    where = place[1] if place else "$"
    if text.startswith(_QUOTING):
        return Reject(_reason("", where), f"not an allowed value at {where}")
    if missing := _MISSING.search(text):
        return Reject("missing", f"missing required field {missing[1]}")
    return Reject(
        _reason(text, where), f"{text.split(' - at ', maxsplit=1)[0].replace('`', '')} at {where}"
    )


def _reason(text: str, where: str) -> Reason:
    if where == "$.v":
        return "schema_v"
    if where == "$.ts" and _LIMIT.search(text):
        return "ts_range"
    if "of length" in text:
        return (
            "too_wide"
            if text.startswith(("Expected `object`", "Expected `array`"))
            else ("label_len")
        )
    if _LIMIT.search(text) or "out of range" in text:
        return "range"
    return "type"


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
