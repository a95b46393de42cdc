"""The stage `detect` on real Kafka: windows in, signals out, and a kill -9 in between."""

import os
import signal
from pathlib import Path
from random import Random

import msgspec
from confluent_kafka import Producer
from tests.conftest import wait_until
from tests.metrics.event import MINUTE, prediction
from tests.process import running
from tests.stream_processors import records
from tests.stream_processors.watched import windows

from streamgauge.contracts.codec import encode
from streamgauge.contracts.summary import Summary
from streamgauge.detection import Detection
from streamgauge.embedded import free_port
from streamgauge.settings import Settings, Worker

SEED = 20261121
CHANGE, BACK = 12, 24


def summaries() -> list[Summary]:
    """Windows in which a third of the predictions falls back for a while."""
    random = Random(SEED)
    batches = [
        [
            prediction(at, at=at, fallback=random.random() < share)
            for at in range(minute * MINUTE, minute * MINUTE + 200)
        ]
        for minute in range(36)
        for share in [0.35 if CHANGE <= minute < BACK else 0.05]
    ]
    return windows(batches)


def test_a_kill_in_the_middle_loses_no_signal_and_learns_nothing_twice(
    deployment: Settings, tmp_path: Path
) -> None:
    settings = msgspec.structs.replace(
        deployment,
        worker=Worker(port=free_port(), datadir=tmp_path / "worker", instance="one"),
        detection=Detection(baseline=2_000),
    )
    producer = Producer(settings.kafka.confluent())

    def send(some: list[Summary]) -> None:
        for one in some:
            producer.produce("summaries", encode(one), key=one.labels["model"])
        producer.flush()

    every = summaries()
    producer.produce("summaries", b"\xff", key=b"price")
    send(every[:6])
    with running(settings, tmp_path, "worker", "detect", "--no-supervised") as process:
        wait_until(lambda: records.dead_letters(settings), 45, "the stage reads")
        send(every[6 : CHANGE + 4])
        wait_until(lambda: records.signals(settings), 45, "a signal")
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    send(every[CHANGE + 4 :])
    with running(settings, tmp_path, "worker", "detect", "--no-supervised"):
        wait_until(lambda: len({one.id for one in records.signals(settings)}) == 2, 60, "its end")
    first, last = sorted(
        {one.id: one for one in records.signals(settings)}.values(), key=lambda one: one.end
    )
    assert (first.active, last.active) == (True, False)
    assert (first.stream, first.direction) == ("fallback_rate", "up")
    assert every[CHANGE].start <= first.start < every[CHANGE + 4].start
    assert every[BACK].start <= last.start
