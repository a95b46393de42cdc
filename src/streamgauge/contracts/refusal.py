"""Why an event cannot be read, from the closed list; names the place and quotes no input."""

import re
from collections.abc import Iterable

import msgspec

from streamgauge.contracts.dead_letter import Reason, Reject

# The widest event that is read, in bytes, and the deepest: the event itself is the first level.
WIDE = 64 * 1024
DEEP = 8

UNKNOWN_FIELD = "Object contains unknown field"
_PLACE = re.compile(r"`(\$[^`]*)`$")
_MISSING = re.compile(r"missing required field `([^`]+)`")
# These begin the only messages that repeat what was sent.
_QUOTING = ("Invalid enum value", "Invalid value")
# msgspec words a broken limit as "Expected `int` >= 0"; a wrong type has no comparison in it.
_LIMIT = re.compile(r"Expected `[^`]+` (?:[<>]|of length|matching)")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_BRACKET = re.compile(rb"[\[\]{}]")
# Poison comes by the thousand and says the same; longer messages hold what a stranger sent.
_REMEMBERED, _MOST_TOLD = 160, 1_000
_told: dict[str, Reject] = {}

# Epoch times that are wrong by their unit only: seconds, and microseconds to nanoseconds.
_SECONDS = range(1_000_000_000, 100_000_000_000)
_FINER = range(100_000_000_000_000, 100_000_000_000_000_000_000)


class _Timed(msgspec.Struct):
    ts: int


_ts = msgspec.json.Decoder(_Timed).decode


def explain(error: Exception, value: bytes, required: Iterable[str] = ()) -> Reject:
    """Name what was wrong; `required` are the fields that must be there and not null."""
    if isinstance(error, RecursionError):
        return Reject("depth", "nested beyond any limit")
    if not isinstance(error, msgspec.ValidationError):
        # DecodeError and UnicodeDecodeError: not JSON that anybody should send.
        return Reject("json", type(error).__name__)
    text = str(error)
    reject = _told.get(text)
    if reject is None:
        reject = _explained(text)
        if len(text) < _REMEMBERED and len(_told) < _MOST_TOLD:
            _told[text] = reject
    if reject.reason == "ts_range" and _is_other_unit(value):
        return Reject("ts_unit", "ts is not in milliseconds")
    if reject.reason == "type" and "got `null`" in text:
        place = _PLACE.search(text)
        if place and place[1][2:] in required:
            return Reject("missing", f"null in required field {place[1][2:]}")
    return reject


def _explained(text: str) -> Reject:
    place = _PLACE.search(text)
    where = place[1] if place else "$"
    if text.startswith(_QUOTING):
        return Reject(_reason("", where), f"not an allowed value at {where}")
    if missing := _MISSING.search(text):
        return Reject("missing", f"missing required field {missing[1]}")
    detail = f"{text.split(' - at ', maxsplit=1)[0].replace('`', '')} at {where}"
    return Reject(_reason(text, where), detail)


def _reason(text: str, where: str) -> Reason:
    if where == "$.v":
        return "schema_v"
    if where == "$":
        return "not_object"
    if where == "$.ts" and (_LIMIT.search(text) or "out of range" in text):
        return "ts_range"
    if "of length" in text:
        return (
            "too_wide"
            if text.startswith(("Expected `object`", "Expected `array`"))
            else "label_len"
        )
    if _LIMIT.search(text) or "out of range" in text:
        return "range"
    return "type"


def _is_other_unit(value: bytes) -> bool:
    try:
        ts = _ts(value).ts
    except msgspec.MsgspecError:
        return False
    return ts in _SECONDS or ts in _FINER


def inspect_unread(value: bytes) -> Reject | None:
    """What the decoder passes over in fields that it does not know: bad UTF-8 and depth."""
    if not value.isascii():
        try:
            value.decode()
        except UnicodeDecodeError:
            return Reject("json", "UnicodeDecodeError")
    # Splitting finds few brackets in half the time of counting them.
    brackets = len(value.split(b"{", DEEP + 1)) + len(value.split(b"[", DEEP + 1)) - 2
    if brackets > DEEP and depth(value) > DEEP:
        return Reject("depth", f"nested more than {DEEP} deep")
    return None


def depth(value: bytes) -> int:
    """How deep well-formed JSON nests.

    >>> depth(b'{"a":[{}],"b":"[[["}')
    3
    """
    level = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", value)):
        level += 1 if bracket in b"[{" else -1
        deepest = max(deepest, level)
    return deepest
