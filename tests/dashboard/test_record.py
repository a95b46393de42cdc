"""Reading messages: what comes out is a record or the reason why there is none."""

import pytest

from streamgauge.contracts.codec import encode
from streamgauge.dashboard.record import COMPACTED, RECENT, Forget, Record, Unread, read

from .sample import T0, alert, allocation, heartbeat, measure, signal, tick


@pytest.mark.parametrize(
    ("topic", "record"),
    [
        ("measures", measure()),
        ("measures", signal()),
        ("measures", tick(T0)),
        ("alerts", alert()),
        ("alert-state", alert("resolved")),
        ("allocations", allocation()),
        ("heartbeats", heartbeat(T0)),
    ],
)
def test_every_record_of_the_read_topics_comes_back_as_it_was(topic: str, record: Record) -> None:
    assert read(topic, b"key", encode(record)) == record


@pytest.mark.parametrize("topic", [*COMPACTED, *RECENT])
@pytest.mark.parametrize(
    "value", [b"", b"\xff\xfe", b"[]", b"null", b'{"type":"other"}', b"[" * 200_000, b'{"v":9}']
)
def test_garbage_is_a_reason_on_every_topic(topic: str, value: bytes) -> None:
    record = read(topic, None, value)
    assert isinstance(record, Unread)
    assert record.topic == topic
    assert record.reason


def test_a_tombstone_is_one_on_compacted_topics_only() -> None:
    assert read("alert-state", b"f", None) == Forget("alert-state", "f")
    assert isinstance(read("measures", b"f", None), Unread)
