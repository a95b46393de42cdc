"""`streamgauge audit` on a real broker: what is right is proven, what is tampered with found."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from confluent_kafka import Producer
from tests.conftest import wait_until
from tests.process import running, variables
from tests.stream_processors import records
from tests.stream_processors.test_measure import GARBAGE, WINDOW, prediction

from streamgauge.contracts.codec import encode
from streamgauge.embedded import free_port
from streamgauge.settings import Kafka, Settings, Worker

pytestmark = pytest.mark.kafka
COUNT = 400


@pytest.fixture
def settings(deployment: Settings, tmp_path: Path) -> Settings:
    worker = Worker(port=deployment.worker.port, datadir=tmp_path / "worker", instance="one")
    return msgspec.structs.replace(deployment, window=WINDOW, worker=worker)


def audit(settings: Settings, *words: str) -> tuple[int, Any]:
    told = subprocess.run(
        [sys.executable, "-m", "streamgauge", "audit", "--json", *words],
        env=variables(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    return told.returncode, json.loads(told.stdout)


def feed(settings: Settings) -> None:
    producer = Producer(settings.kafka.confluent())
    for number in range(COUNT):
        status = "error" if number % 7 == 0 else "ok"
        producer.produce("predictions", encode(prediction(number, status=status)))
        if number % 40 == 0:
            producer.produce("predictions", GARBAGE)
    producer.flush()


def test_every_window_is_proven_and_every_tampering_is_found(
    settings: Settings, tmp_path: Path
) -> None:
    begun = datetime.now(UTC)
    feed(settings)
    with running(settings, tmp_path, "worker", "measure", "merge"):
        wait_until(
            lambda: sum(records.final_counts(settings).values()) == COUNT, 120, "final measures"
        )
        status, told = audit(settings)
    assert (status, told["pass"], told["differences"]) == (0, True, [])
    assert told["events"] == COUNT + COUNT // 40
    assert told["rejected"] == COUNT // 40
    assert told["proven"] >= 2

    finals = [one for one in records.measures(settings) if one.final and one.base]
    right = next(one for one in reversed(finals) if one.labels.keys() == {"model", "version"})
    producer = Producer(settings.kafka.confluent())
    values = right.values | {"prediction_count": right.values["prediction_count"] + 1}
    wrong = msgspec.structs.replace(right, values=values, revision=right.revision + 1)
    producer.produce("measures", encode(wrong))
    producer.flush()
    status, told = audit(settings)
    assert status == 1
    (difference,) = told["differences"]
    assert difference["name"] == "prediction_count"
    assert difference["start"] == right.start
    assert difference["published"] == difference["events"] + 1

    before = f"{begun - timedelta(hours=1):%Y-%m-%dT%H:%M:%S}"
    assert audit(settings, "--to", before)[0] == 0
    assert audit(settings, "--from", before)[0] == 1


def test_a_span_that_ends_before_it_begins_is_bad_input(settings: Settings) -> None:
    told = subprocess.run(
        [
            *(sys.executable, "-m", "streamgauge", "audit"),
            *("--from", "2026-01-02", "--to", "2026-01-01"),
        ],
        env=variables(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 2
    assert "--from" in told.stderr


def test_an_absent_kafka_exits_69(settings: Settings) -> None:
    absent = Kafka(brokers=f"127.0.0.1:{free_port()}", start_timeout=0.5)
    told = subprocess.run(
        [sys.executable, "-m", "streamgauge", "audit"],
        env=variables(msgspec.structs.replace(settings, kafka=absent)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 69
    assert "Traceback" not in told.stderr
