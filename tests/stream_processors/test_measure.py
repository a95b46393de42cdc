"""Measure and merge on a real broker: every event once, whatever happens to the workers."""

import os
import signal
import threading
import time
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Producer
from tests.conftest import wait_until
from tests.process import running
from tests.stream_processors import records

from streamgauge.contracts.codec import encode
from streamgauge.contracts.prediction import Prediction
from streamgauge.settings import Settings, Window, Worker
from streamgauge.stream_processors.read_back import committed

pytestmark = pytest.mark.kafka
WINDOW = Window(width=5.0, delay=1.0, lateness=60.0, idle=1.0, tick=1.0)
GARBAGE = b'{"v":1,"id":"p","ts":"yesterday"}'


@pytest.fixture
def settings(deployment: Settings, tmp_path: Path) -> Settings:
    worker = Worker(port=deployment.worker.port, datadir=tmp_path / "worker", instance="one")
    return msgspec.structs.replace(deployment, window=WINDOW, worker=worker)


def prediction(number: int, **more: object) -> Prediction:
    fields: dict[str, object] = {
        "id": f"p{number}",
        "ts": int(time.time() * 1_000),
        "model": "m",
        "version": str(number % 2 + 1),
        "latency_ms": 10.0 + number % 10,
        "prediction": float(number % 100),
        "confidence": 0.8,
    }
    return Prediction(**{**fields, **more})  # type: ignore[arg-type]  # a test's free choice


def test_no_event_is_lost_or_doubled_when_workers_are_killed(
    settings: Settings, tmp_path: Path
) -> None:
    producer = Producer(settings.kafka.confluent() | {"linger.ms": 5})
    done = threading.Event()
    sent = {"good": 0, "bad": 0}

    def feed() -> None:
        number = 0
        while not done.is_set():
            for _ in range(40):
                number += 1
                bad = number % 50 == 0
                producer.produce("predictions", GARBAGE if bad else encode(prediction(number)))
                sent["bad" if bad else "good"] += 1
            producer.poll(0)
            done.wait(0.02)
        assert producer.flush(60) == 0

    feeder = threading.Thread(target=feed)
    feeder.start()
    try:
        for kill in range(3):
            with running(settings, tmp_path, "worker", "measure", "merge", "--no-supervised"):
                seen = len(records.measures(settings))
                wait_until(
                    lambda seen=seen: len(records.measures(settings)) > seen + 2,  # type: ignore[misc]  # bound now
                    45,
                    f"measures after kill {kill}",
                )
    finally:
        done.set()
        feeder.join()
    with running(settings, tmp_path, "worker", "measure", "merge", "--no-supervised"):
        wait_until(
            lambda: sum(records.final_counts(settings).values()) >= sent["good"],
            60,
            f"all {sent['good']} events in final measures",
        )
    assert sum(records.final_counts(settings).values()) == sent["good"]
    letters = records.dead_letters(settings)
    assert len(letters) == sent["bad"]
    assert {letter.value for letter in letters.values()} == {GARBAGE}
    assert {letter.reason for letter in letters.values()} == {"type"}


def test_a_worker_commits_what_its_state_log_counts(settings: Settings, tmp_path: Path) -> None:
    producer = Producer(settings.kafka.confluent())
    for number in range(100):
        producer.produce("predictions", encode(prediction(number)), partition=0)
    producer.flush()
    with running(settings, tmp_path, "worker", "measure", "merge", "--no-supervised") as worker:
        wait_until(
            lambda: sum(records.final_counts(settings).values()) == 100, 45, "final measures"
        )
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
    # Late events may still revise the window: its sums come back from the log, not from the source.
    assert committed(settings.kafka, "streamgauge-measure", "predictions", 0) == 100


def test_hostile_records_go_to_dead_letters_and_the_rest_is_counted(
    settings: Settings, tmp_path: Path
) -> None:
    now = int(time.time() * 1_000)
    hostile = {
        b"\xff\xfe garbage": "json",
        b"": "empty",
        b"[]": "not_object",
        b'{"v":2}': "schema_v",
        b'{"v":1,"id":"a"}': "missing",
        encode(prediction(1)).replace(b'"latency_ms":11.0', b'"latency_ms":NaN'): "json",
        encode(prediction(1)).replace(b'"latency_ms":11.0', b'"latency_ms":"11"'): "type",
        encode(prediction(1)).replace(b'"confidence":0.8', b'"confidence":1.5'): "range",
        encode(prediction(1, ts=now // 1_000 * 1_000_000)): "ts_unit",
        encode(prediction(1, ts=now + 3_600_000)): "ts_future",
        encode(prediction(1, ts=now - 30 * 86_400_000)): "ts_past",
        b"x" * 900_000: "too_wide",
    }
    producer = Producer(settings.kafka.confluent())
    for number, value in enumerate(hostile):
        producer.produce("predictions", value, partition=number % 2)
        producer.produce("predictions", encode(prediction(number)), partition=number % 2)
    producer.flush()
    with running(settings, tmp_path, "worker", "measure", "merge", "--no-supervised"):
        wait_until(
            lambda: sum(records.final_counts(settings).values()) == len(hostile),
            45,
            "the good events in final measures",
        )
    letters = records.dead_letters(settings)
    found = {(letter.sha256, letter.reason) for letter in letters.values()}
    import hashlib

    assert found == {
        (hashlib.sha256(value).hexdigest(), reason) for value, reason in hostile.items()
    }
    small = {letter.value for letter in letters.values() if letter.size <= 256 * 1024}
    assert small == {value for value in hostile if len(value) <= 256 * 1024}


def test_a_worker_without_topics_says_what_to_do_and_exits(
    settings: Settings, tmp_path: Path
) -> None:
    from confluent_kafka.admin import AdminClient

    admin = AdminClient(settings.kafka.confluent())
    for future in admin.delete_topics(["state.measure.heartbeats"]).values():
        future.result()
    wait_until(
        lambda: "state.measure.heartbeats" not in admin.list_topics(timeout=5).topics,
        20,
        "deletion",
    )
    with running(settings, tmp_path, "worker", "measure") as worker:
        assert worker.wait(60) == 69
    assert "streamgauge topics create" in (tmp_path / "process.log").read_text()


def test_the_supervisor_starts_a_killed_worker_again(settings: Settings, tmp_path: Path) -> None:
    def children(pid: int) -> list[int]:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(child) for child in found]

    with running(settings, tmp_path, "worker", "merge") as supervisor:
        wait_until(lambda: children(supervisor.pid), 20, "a worker")
        (first,) = children(supervisor.pid)
        os.kill(first, signal.SIGKILL)
        wait_until(
            lambda: children(supervisor.pid) and children(supervisor.pid) != [first],
            20,
            "another worker",
        )
        supervisor.send_signal(signal.SIGTERM)
        assert supervisor.wait(60) == 0
