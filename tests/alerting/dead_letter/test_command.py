"""`streamgauge dead-letters` on real Kafka: each source position once, and no byte that acts."""

import json
import subprocess
import sys
from typing import Any

import pytest
from confluent_kafka import Message, Producer
from tests.process import variables

from streamgauge.alerting.dead_letter.command import escaped
from streamgauge.alerting.dead_letter.replay import MARK, mark
from streamgauge.alerting.topic_reader import read_to_end
from streamgauge.contracts.codec import encode
from streamgauge.contracts.dead_letter import KEPT_BYTES, DeadLetter, Reason, Reject, Replay, bury
from streamgauge.settings import Settings

pytestmark = pytest.mark.kafka
NOW = 1_760_000_000_000


def letter(
    offset: int, value: bytes, reason: Reason = "json", topic: str = "predictions", until: int = 0
) -> DeadLetter:
    return bury(
        Reject(reason, "told"),
        topic=topic,
        partition=0,
        offset=offset,
        value=value,
        key=b"k%d" % offset,
        append_ts=NOW,
        until=until,
    )


def put(settings: Settings, *records: bytes, topic: str = "dead-letters") -> None:
    producer = Producer(settings.kafka.confluent() | {"message.max.bytes": 4_000_000})
    for record in records:
        producer.produce(topic, record, partition=0)
    assert producer.flush(60) == 0


def run(settings: Settings, *words: str, code: int = 0) -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "streamgauge", "dead-letters", *words],
        env=variables(settings),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


def listed(settings: Settings, *words: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(settings, *words, "--json")[0].splitlines()]


def sent(settings: Settings, topic: str = "predictions") -> list[Message]:
    return list(read_to_end(settings.kafka, topic))


def test_letters_are_listed_once_a_source_position_and_by_what_is_asked(
    deployment: Settings,
) -> None:
    one, two = letter(1, b"{bad"), letter(2, b"{}", "missing")
    other = letter(1, b"[]", "not_object", "outcomes")
    put(deployment, *map(encode, (one, two, one, other, two)), b"garbage")
    found = listed(deployment, "list")
    assert [(line["topic"], line["offset"], line["reason"]) for line in found] == [
        ("predictions", 1, "json"),
        ("predictions", 2, "missing"),
        ("outcomes", 1, "not_object"),
    ]
    assert (found[0]["size"], found[0]["sha256"], found[0]["append_ts"]) == (4, one.sha256, NOW)
    assert [line["offset"] for line in listed(deployment, "list", "--reason", "missing")] == [2]
    assert len(listed(deployment, "list", "--topic", "outcomes", "--since", "1h")) == 1
    assert listed(deployment, "list", "--since", "0s", "--topic", "usage") == []
    assert [line["topic"] for line in listed(deployment, "list", "--limit", "1")] == ["outcomes"]
    out, told = run(deployment, "list")
    assert len(out.splitlines()) == 3
    assert "3 dead letters: " in told
    assert "dead-letters/0/5" in told
    assert "--since" in run(deployment, "list", "--since", "soon", code=2)[1]
    run(deployment, "list", "--reason", "nonsense", code=2)


def test_a_letter_is_shown_with_all_its_bytes_and_steers_no_terminal(
    deployment: Settings,
) -> None:
    hostile = b'{"model":"caf\xc3\xa9 \x1b[2J\xff\n\xe2\x80\xae\\"}'
    batch = letter(10, b"raw", "batch", until=20)
    put(deployment, encode(letter(7, hostile)), encode(batch))
    out, _ = run(deployment, "show", "predictions", "0", "7")
    assert r"café \x1b[2J\xff\n\u202e\\" in out
    assert all(sign.isprintable() for sign in out.replace("\n", ""))
    assert "2025-10-09T08:53:20.000+00:00" in out
    shown = json.loads(run(deployment, "show", "predictions", "0", "7", "--json")[0])
    assert shown == json.loads(encode(letter(7, hostile)))
    assert "predictions/0/10-19" in run(deployment, "show", "predictions", "0", "15")[0]
    assert "no dead letter" in run(deployment, "show", "predictions", "0", "20", code=2)[1]


def test_every_byte_is_escaped_so_that_it_can_be_read_back() -> None:
    value = bytes(range(256)) + "é\u202e\U0001f600".encode()
    text = escaped(value)
    assert text.isprintable()
    assert "é" in text
    assert "😀" in text


def test_a_replay_sends_the_original_bytes_once_ever(deployment: Settings) -> None:
    letters = [letter(1, b'{"v":9}', "schema_v"), letter(2, b"{bad")]
    impossible = [
        letter(3, bytes(KEPT_BYTES + 1), "too_wide"),
        letter(4, b"raw", "batch", until=9),
        letter(5, b"x", topic="state.measure.predictions"),
    ]
    put(deployment, *map(encode, (*letters, *impossible, letters[0])))

    dry = listed(deployment, "replay", "--dry-run")
    assert [line["result"] for line in dry][:2] == ["would be replayed"] * 2
    assert sent(deployment) == []

    assert run(deployment, "replay", "--reason", "schema_v")[0] == "1 replayed\n"
    (record,) = sent(deployment)
    assert (record.value(), record.key(), record.partition()) == (b'{"v":9}', b"k1", 0)
    assert record.headers() == [(MARK, b"predictions/0/1")]

    results = [line["result"] for line in listed(deployment, "replay")]
    assert results[:2] == ["replayed before", "replayed"]
    assert [told.split()[0] for told in results[2:]] == ["only", "it", "its"]
    assert [one.value() for one in sent(deployment)] == [b'{"v":9}', b"{bad"]
    out, told = run(deployment, "replay")
    assert out.startswith("2 replayed before, 1 only the first")
    assert "predictions/0/4-8: it stands for a record batch" in told
    assert len(sent(deployment)) == 2


def test_a_replay_that_was_killed_is_finished_and_repeats_nothing(deployment: Settings) -> None:
    """Three were begun: one was sent, one was not, and of one even the end was not yet reached."""
    letters = [letter(number, b"value %d" % number) for number in (1, 2, 3)]
    put(deployment, *map(encode, letters))
    put(deployment, b"earlier", topic="predictions")
    producer = Producer(deployment.kafka.confluent())
    for one in letters[:2]:
        begun = Replay(
            topic="predictions", partition=0, offset=one.offset, state="begun", end=1, at=NOW
        )
        producer.produce("replays", encode(begun), mark(("predictions", 0, one.offset)))
    headers: Any = [(MARK, mark(("predictions", 0, 1)))]
    producer.produce("predictions", letters[0].value, b"k1", 0, headers=headers)
    assert producer.flush(60) == 0
    results = [line["result"] for line in listed(deployment, "replay")]
    assert results == ["replayed before", "replayed", "replayed"]
    values = [one.value() for one in sent(deployment)]
    assert values == [b"earlier", b"value 1", b"value 2", b"value 3"]
    assert {line["result"] for line in listed(deployment, "replay")} == {"replayed before"}
