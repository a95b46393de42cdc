import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamgauge.contracts.codec import batch_decoder, ce_type, decoder, encode, headers
from streamgauge.contracts.dead_letter import Reason, Reject
from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.usage import Usage

GOOD = b'{"v":1,"id":"a","ts":1700000000000,"model":"m","version":"1"}'
KINDS = (Prediction, Outcome, Feedback, Usage, Heartbeat)
read = decoder(Prediction)


def with_field(field: bytes) -> bytes:
    return GOOD[:-1] + b"," + field + b"}"


POISON: dict[bytes | None, Reason] = {
    None: "tombstone",
    b"": "empty",
    b" ": "json",
    b"xx": "json",
    GOOD[:20]: "json",
    b"\xef\xbb\xbf" + GOOD: "json",
    GOOD + b"{}": "json",
    b"\x00\x00\x00\x00\x01" + GOOD: "json",
    with_field(b'"language":"\xff"'): "json",
    with_field(b'"latency_ms":NaN'): "json",
    with_field(b'"latency_ms":Infinity'): "json",
    with_field(b'"prediction":"\\ud800"'): "json",
    with_field(b'"language":"\x01"'): "json",
    with_field(b'"unknown":' + b"[" * 30_000 + b"]" * 30_000): "depth",
    with_field(b'"unknown":"\xff"'): "json",
    with_field(b'"\xff":1'): "json",
    with_field(b'"unknown":NaN'): "json",
    with_field(b'"unknown":"a\\ud800"'): "json",
    with_field(b'"unknown":' + b"x" * 65_536): "too_wide",
    with_field(b'"unknown":' + b'{"a":[' * 4 + b"]}" * 4): "depth",
    with_field(b'"model":"a\\u0000"'): "label_chars",
    with_field(b'"dimensions":{"a":"\xe2\x80\xae"}'): "label_chars",
    with_field(b'"features":{"\\u001b[2J":1}'): "label_chars",
    with_field('"endpoint":"{}"'.format("ü" * 65).encode()): "label_len",
    with_field(b'"probabilities":{"a":0.5,"b":0.4}'): "range",
    b"[]": "not_object",
    b"null": "not_object",
    b"7": "not_object",
    b'"text"': "not_object",
    with_field(b'"latency_ms":"0.7"'): "type",
    with_field(b'"latency_ms":true'): "type",
    with_field(b'"model":null'): "missing",
    with_field(b'"features":[]'): "type",
    with_field(b'"features":{"f":[1]}'): "type",
    with_field(b'"text_length":1.5'): "type",
    with_field(b'"ts":1700000000000.5'): "type",
    with_field(b'"task":"guess"'): "type",
    b"{}": "missing",
    GOOD.replace(b'"ts":1700000000000,', b""): "missing",
    with_field(b'"latency_ms":1e999'): "range",
    with_field(b'"latency_ms":-1'): "range",
    with_field(b'"latency_ms":' + b"9" * 5_000): "range",
    with_field(b'"features":{"f":1e999}'): "range",
    with_field(b'"confidence":1.01'): "range",
    with_field(b'"text_length":9007199254740993'): "range",
    with_field(b'"text_length":18446744073709551616'): "range",
    with_field(b'"text_length":' + b"9" * 5_000): "range",
    GOOD.replace(b'"v":1', b'"v":2'): "schema_v",
    GOOD.replace(b'"v":1', b'"v":"1"'): "schema_v",
    GOOD.replace(b'"v":1', b'"v":null'): "schema_v",
    GOOD.replace(b"1700000000000", b"1700000000"): "ts_unit",
    GOOD.replace(b"1700000000000", b"1700000000000000"): "ts_unit",
    GOOD.replace(b"1700000000000", b"1700000000000000000"): "ts_unit",
    GOOD.replace(b"1700000000000", b"9" * 30): "ts_range",
    GOOD.replace(b"1700000000000", b"0"): "ts_range",
    GOOD.replace(b"1700000000000", b"-1"): "ts_range",
    GOOD.replace(b'"m"', b'""'): "label_len",
    GOOD.replace(b'"m"', b'"' + b"m" * 129 + b'"'): "label_len",
    with_field(b'"dimensions":{"":"x"}'): "label_len",
    with_field(b'"embedding":[' + b"0," * 4_096 + b"0]"): "too_wide",
    with_field(
        b'"features":{' + b",".join(b'"f%d":1' % number for number in range(257)) + b"}"
    ): "too_wide",
}


@pytest.mark.parametrize(("value", "reason"), POISON.items(), ids=range(len(POISON)))
def test_poison_becomes_a_reject_with_a_reason_of_the_closed_list(
    value: bytes | None, reason: Reason
) -> None:
    rejected = read(value)
    assert isinstance(rejected, Reject)
    assert rejected.reason == reason
    assert rejected.detail


@pytest.mark.parametrize(
    "value",
    [
        GOOD,
        GOOD + b"\n",
        GOOD.replace(b'"v":1,', b""),  # not all who write an event by hand write a version
        with_field(b'"unknown":{"a":[1,2]}'),
        with_field(b'"latency_ms":-0.0'),
        with_field(b'"latency_ms":5e-324'),
        with_field(b'"features":{"a":1,"b":"x","c":null}'),
        with_field(b'"prediction":"\\u0000"'),
        with_field(b'"probabilities":{"a":0.5,"b":0.4999}'),
        with_field(b'"unknown":' + b"[" * 7 + b"]" * 7),
        with_field(b'"unknown":"' + b"[" * 70 + b'"'),
        with_field(b'"unknown":[' + b"[]," * 70 + b"[]]"),
    ],
)
def test_what_is_odd_but_clear_is_accepted(value: bytes) -> None:
    assert isinstance(read(value), Prediction)


@given(value=st.binary(max_size=200))
@settings(deadline=None)
def test_no_bytes_raise(value: bytes) -> None:
    for kind in KINDS:
        assert isinstance(decoder(kind)(value), (kind, Reject))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(name=st.sampled_from(list(Prediction.__struct_fields__)), value=anything, kind=st.booleans())
@settings(deadline=None, max_examples=300)
def test_no_json_in_any_field_raises(name: str, value: Any, *, kind: bool) -> None:
    event = json.loads(GOOD) | {name: value}
    result = read(json.dumps(event, ensure_ascii=kind).encode("utf-8", "surrogatepass"))
    assert isinstance(result, (Prediction, Reject))


SECRET = "a-stranger's-secret"


@pytest.mark.parametrize(
    "field",
    [
        f'"task":"{SECRET}"',
        f'"task":"missing required field `{SECRET}`"',
        f'"task":"x - at `$.{SECRET}`"',
        f'"{SECRET}":1,"task":5',
        f'"features":{{"{SECRET}":[]}}',
        f'"dimensions":{{"{SECRET}":""}}',
        f'"latency_ms":"{SECRET}"',
        f'"v":"{SECRET}"',
    ],
)
def test_a_detail_repeats_nothing_of_what_was_sent(field: str) -> None:
    rejected = read(with_field(field.encode()))
    assert isinstance(rejected, Reject)
    assert SECRET not in rejected.detail
    assert rejected.reason != "missing"


def test_a_detail_names_the_place() -> None:
    rejected = read(with_field(b'"embedding":[1,null]'))
    assert rejected == Reject("type", "Expected float, got null at $.embedding[1]")


def test_a_batch_gives_events_and_rejects_with_their_places() -> None:
    many = batch_decoder(Prediction)
    bad_name = with_field(b'"model":"\\u0000"')
    values = [GOOD, b"xx", None, bad_name, with_field(b'"new":1'), b"", GOOD]
    events, rejects, unknown = many(values)
    assert [event.id for event in events] == ["a", "a", "a"]
    assert [(place, reject.reason) for place, reject in rejects] == [
        (1, "json"),
        (2, "tombstone"),
        (3, "label_chars"),
        (5, "empty"),
    ]
    assert unknown == 1
    assert many([]) == ([], [], 0)


def test_one_record_is_read_by_the_rules_of_a_batch() -> None:
    many = batch_decoder(Prediction)
    for value, reason in POISON.items():
        assert [reject.reason for _, reject in many([GOOD, value, GOOD]).rejects] == [reason]


def test_while_most_events_have_unknown_fields_they_are_searched_all_the_same() -> None:
    many = batch_decoder(Prediction)
    new = with_field(b'"new":1')
    assert many([new] * 64).unknown == 64
    poison = [value for value in POISON if value is not None]
    mixed = [one for value in poison for one in (new, value)]
    events, rejects, unknown = many(mixed)
    assert [reject.reason for _, reject in rejects] == [POISON[value] for value in poison]
    assert (len(events), unknown > 0) == (len(poison), True)
    assert many([GOOD] * 64).unknown == 0
    assert many([GOOD, new]).unknown == 1


def test_a_name_in_two_spellings_is_one() -> None:
    composed, apart = "Caf\u00e9", "Cafe\u0301"
    fields = {
        "model": apart,
        "dimensions": {apart: apart},
        "features": {apart: apart},
        "prediction": apart,
    }
    event = Prediction(id="a", ts=1_700_000_000_000, version="1", **fields)  # type: ignore[arg-type]  # as above
    (read_event,) = batch_decoder(Prediction)([encode(event)]).events
    assert (read_event.model, read_event.prediction) == (composed, composed)
    assert read_event.dimensions == read_event.features == {composed: composed}
    ascii_only = json.dumps(json.loads(encode(event))).encode()
    assert encode(batch_decoder(Prediction)([ascii_only]).events) == encode([read_event])


def test_prose_in_a_value_is_taken_without_what_steers_a_terminal() -> None:
    value = with_field(b'"prediction":"a\\u001b[2J\\nb","features":{"f":"\\u202ex"}')
    event = read(value)
    assert isinstance(event, Prediction)
    assert event.prediction == "a\ufffd[2J\ufffdb"
    assert event.features == {"f": "\ufffdx"}


@given(values=st.lists(st.sampled_from([GOOD, b"xx", None, b"{}", b""])))
def test_a_batch_loses_and_invents_nothing(values: list[bytes | None]) -> None:
    events, rejects, _ = batch_decoder(Prediction)(values)
    assert len(events) == values.count(GOOD)
    refused = [place for place, _ in rejects]
    assert refused == [place for place, value in enumerate(values) if value != GOOD]


def test_headers_are_those_of_cloudevents() -> None:
    event = Outcome(id="o1", ts=1_700_000_000_123, prediction_id="p1", truth=1.0)
    assert ce_type(event) == b"streamgauge.outcome.v1"
    assert headers(event, "o1", event.ts, hot=True) == [("ce_type", b"streamgauge.outcome.v1")]
    assert dict(headers(event, "o1", event.ts, hot=False)) == {
        "ce_specversion": b"1.0",
        "ce_type": b"streamgauge.outcome.v1",
        "ce_source": b"/streamgauge",
        "ce_id": b"o1",
        "ce_time": b"2023-11-14T22:13:20.123000+00:00",
    }


@pytest.mark.parametrize("more", ["", "ü", "x" * 400])
def test_a_feature_has_a_name_of_at_most_256_bytes(more: str) -> None:
    def named(name: str) -> bytes:
        event = Prediction(
            id="p",
            ts=1_760_000_000_000,
            model="m",
            version="1",
            features={name: 1.0},
            endpoint=more[:100] or "e",
        )
        return encode(event)

    values = [named("a" * 256), named("a" * 257), named("a" * 20), named("a" * 2_000)]
    events, rejects, _ = batch_decoder(Prediction)(values)
    assert [len(next(iter(one.features))) for one in events] == [256, 20]
    assert [(place, reject.reason) for place, reject in rejects] == [
        (1, "label_len"),
        (3, "label_len"),
    ]
