"""The 48 cases of bad input: what a stranger may send, and what comes of it.

Names are those of the list that the project was planned by. An outcome of None: the event is taken.
"""

import time
from typing import Any, NamedTuple

from streamgauge.contracts.codec import encode
from streamgauge.contracts.dead_letter import Reason
from streamgauge.contracts.prediction import Prediction

HOUR_MS = 3_600_000


class Case(NamedTuple):
    """One record of `predictions`."""

    name: str
    value: bytes | None
    outcome: Reason | None


def good(number: int, ts: int, **fields: Any) -> bytes:
    """A prediction that nobody can object to, unless `fields` say otherwise."""
    known: dict[str, Any] = {"id": f"p{number}", "model": "m", "version": "1", "latency_ms": 10.5}
    return encode(Prediction(ts=ts, **(known | fields)))


def cases(now: int | None = None) -> list[Case]:
    """All cases that are one record; the rest are tests of their own."""
    ts = int(time.time() * 1_000) if now is None else now
    base = good(0, ts)

    def put(field: str) -> bytes:
        return base[:-1] + b"," + field.encode("utf-8", "surrogatepass") + b"}"

    def swap(before: str, after: str) -> bytes:
        assert before.encode() in base
        return base.replace(before.encode(), after.encode("utf-8", "surrogatepass"))

    def at(text: str) -> bytes:
        return swap(str(ts), text)

    return [
        Case("P01 empty", b"", "empty"),
        Case("P02 tombstone", None, "tombstone"),
        Case("P03 no JSON", b"hello", "json"),
        Case("P04 truncated", base[:40], "json"),
        Case("P05 bad UTF-8", base.replace(b'"m"', b'"\xff"'), "json"),
        Case("P05 bad UTF-8 where nobody looks", base[:-1] + b',"x":"\xff"}', "json"),
        Case("P06 BOM", b"\xef\xbb\xbf" + base, "json"),
        Case("P07 a second document", base + base, "json"),
        Case("P08 list", b"[]", "not_object"),
        Case("P08 number", b"7", "not_object"),
        Case("P08 null", b"null", "not_object"),
        Case("P09 NaN", swap("10.5", "NaN"), "json"),
        Case("P09 NaN where nobody looks", put('"x":NaN'), "json"),
        Case("P10 Infinity", swap("10.5", "Infinity"), "json"),
        # It is well-formed JSON, so it is the value that is refused. Where nobody looks it stays.
        Case("P11 1e999", swap("10.5", "1e999"), "range"),
        Case("P11 1e999 where nobody looks", put('"x":1e999'), None),
        Case("P12 2^53 in a count", put('"text_length":9007199254740992'), "range"),
        Case("P12 number as id", swap('"p0"', "9007199254740992"), "type"),
        # As P11: too large a number is a number.
        Case("P13 5,000 digits", swap("10.5", "9" * 5_000), "range"),
        Case("P13 5,000 digits in a count", put(f'"text_length":{"9" * 5_000}'), "range"),
        Case("P14 -0.0", swap("10.5", "-0.0"), None),
        Case("P14 5e-324", swap("10.5", "5e-324"), None),
        Case("P15 bool", swap("10.5", "true"), "type"),
        Case("P16 number as string", swap("10.5", '"0.7"'), "type"),
        Case("P17 null", swap('"m"', "null"), "missing"),
        Case("P18 missing", swap('"model":"m",', ""), "missing"),
        Case("P19 unknown field", put('"x":{"y":[1]}'), None),
        Case(
            "P20 257 features",
            put('"features":{%s}' % ",".join(f'"f{i}":1' for i in range(257))),  # noqa: UP031 braces
            "too_wide",
        ),
        Case("P20 more than 64 KB", put(f'"x":"{"x" * 65_536}"'), "too_wide"),
        Case("P20 900 KB", put(f'"x":"{"x" * 900_000}"'), "too_wide"),
        Case("P21 twice the same key", put('"latency_ms":11.5'), None),
        Case("P22 nine deep", put(f'"x":{"[" * 8}{"]" * 8}'), "depth"),
        Case("P22 eight deep", put(f'"x":{"[" * 7}{"]" * 7}'), None),
        Case("P22 30,000 deep", put(f'"x":{"[" * 30_000}{"]" * 30_000}'), "depth"),
        Case("P23 lone surrogate", swap('"m"', '"\\ud800"'), "json"),
        Case("P23 lone surrogate in UTF-8", swap('"m"', '"\ud800"'), "json"),
        Case("P24 NUL", swap('"m"', '"m\\u0000"'), "label_chars"),
        Case("P24 CR LF", put('"endpoint":"/a\\r\\nb"'), "label_chars"),
        Case("P24 ESC", put('"dimensions":{"a":"\\u001b[2J"}'), "label_chars"),
        Case("P24 RTL override", put('"dimensions":{"\u202ea":"b"}'), "label_chars"),
        Case("P24 DEL", swap('"m"', '"m\x7f"'), "label_chars"),
        Case("P24 name of a feature", put('"features":{"a\u2028":1}'), "label_chars"),
        Case("P24 class", put('"probabilities":{"a\\n":1}'), "label_chars"),
        Case("P24 reason", put('"fallback_reason":"\\u0007"'), "label_chars"),
        Case("P24 language", put('"language":"\\u009b"'), "label_chars"),
        # A raw control character is no JSON to begin with.
        Case("P24 raw NUL", swap('"m"', '"m\x00"'), "json"),
        Case("P25 129 characters", swap('"m"', f'"{"m" * 129}"'), "label_len"),
        Case("P25 130 bytes", put(f'"endpoint":"{"ü" * 65}"'), "label_len"),
        Case("P25 128 bytes", put(f'"endpoint":"{"ü" * 64}"'), None),
        Case("P26 emoji", swap('"m"', '"🧪👩\u200d🔬"'), None),
        Case("P26 NFD", swap('"m"', '"Cafe\u0301"'), None),
        Case("P27 seconds", at(str(ts // 1_000)), "ts_unit"),
        Case("P28 microseconds", at(str(ts * 1_000)), "ts_unit"),
        Case("P28 nanoseconds", at(str(ts * 1_000_000)), "ts_unit"),
        Case("P29 in an hour", at(str(ts + HOUR_MS)), "ts_future"),
        Case("P30 a month old", at(str(ts - 30 * 24 * HOUR_MS)), "ts_past"),
        Case("P31 negative", at("-1"), "ts_range"),
        Case("P31 zero", at("0"), "ts_range"),
        Case("P32 ISO", at('"2026-01-01T00:00:00Z"'), "type"),
        Case("P33 latency below 0", swap("10.5", "-0.1"), "range"),
        Case("P34 latency over an hour", swap("10.5", "3600000.1"), "range"),
        Case("P35 confidence over 1", put('"confidence":1.01'), "range"),
        Case("P35 probability below 0", put('"probabilities":{"a":1.1,"b":-0.1}'), "range"),
        Case("P36 probabilities of 0.99", put('"probabilities":{"a":0.5,"b":0.49}'), "range"),
        Case("P36 probabilities of 0.9995", put('"probabilities":{"a":0.5,"b":0.4995}'), None),
        # The stream has no registry of models: who is new counts as a series of its own, and those
        # beyond the cap together, exactly. tests/metrics/test_cap.py and test_series.py hold it.
        Case("P37 unknown model", swap('"m"', '"never seen"'), None),
        Case("P38 unknown version", swap('"version":"1"', '"version":"999"'), None),
        # Whether it is counted twice is a matter of the producer's id: samples and joins know ids,
        # counts count records. tests/metrics/test_sample.py and test_label_join.py hold it.
        Case("P39 the same event", base, None),
        Case("P39 the same event again", base, None),
        Case("P43 schema of the future", swap('"v":1', '"v":2'), "schema_v"),
    ]
