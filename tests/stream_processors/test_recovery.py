"""What a worker lives through: rebalances, a broker that dies, strangers on our own topics."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Producer
from tests.conftest import CACHE, wait_until
from tests.process import running
from tests.producers.test_connection import sasl
from tests.stream_processors import records
from tests.stream_processors.test_measure import WINDOW, prediction

from streamgauge.bench import kafka_node
from streamgauge.contracts.codec import encode
from streamgauge.contracts.measure import Measure
from streamgauge.embedded import free_port
from streamgauge.producers.provision import provision
from streamgauge.settings import Alerting, Kafka, Settings, Window, Worker

pytestmark = pytest.mark.kafka
RULES = """
groups:
  - name: test
    rules:
      - alert: slow
        expr: prediction_latency_seconds{quantile="0.95"} > 0.1
        annotations: {streamgauge_min_samples: "1"}
"""


def worker_settings(base: Settings, tmp_path: Path, name: str) -> Settings:
    worker = Worker(port=free_port(), datadir=tmp_path / name)
    return msgspec.structs.replace(base, window=WINDOW, worker=worker)


def feed(settings: Settings, first: int, count: int) -> None:
    producer = Producer(settings.kafka.confluent())
    for number in range(first, first + count):
        producer.produce("predictions", encode(prediction(number)))
    assert producer.flush(60) == 0


@contextmanager
def steady_traffic(settings: Settings) -> Iterator[list[int]]:
    """Predictions while the block runs; the list's length is how many were sent."""
    sent: list[int] = []
    done = threading.Event()

    def run() -> None:
        while not done.is_set():
            feed(settings, len(sent), 20)
            sent.extend(range(20))
            done.wait(0.05)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield sent
    finally:
        done.set()
        thread.join()


def counted(settings: Settings) -> int:
    return sum(records.final_counts(settings).values())


def test_partitions_change_hands_under_load_without_a_loss(
    deployment: Settings, tmp_path: Path
) -> None:
    one = worker_settings(deployment, tmp_path, "one")
    two = worker_settings(deployment, tmp_path, "two")
    with (
        running(one, tmp_path, "worker", "measure", "merge", name="one") as first,
        steady_traffic(one) as sent,
    ):
        wait_until(lambda: len(records.measures(one)) > 3, 45, "measures of the first worker")
        with running(two, tmp_path, "worker", "measure", name="two"):
            log = tmp_path / "two.log"
            wait_until(lambda: "state log restored" in log.read_text(), 45, "a second owner")
            first.terminate()
            assert first.wait(60) == 0
            with running(one, tmp_path, "worker", "merge", "--no-supervised", name="three"):
                before = len(records.measures(one))
                wait_until(lambda: len(records.measures(one)) > before + 5, 45, "a takeover")
        total = sent
    with running(one, tmp_path, "worker", "measure", "merge", name="four"):
        wait_until(lambda: counted(one) >= len(total), 60, f"{len(total)} events in measures")
    assert counted(one) == len(total)


def test_a_broker_that_dies_and_returns_costs_no_event(tmp_path: Path) -> None:
    if reason := kafka_node.obstacle(CACHE):
        pytest.skip(f"needs a Kafka that keeps its log: {reason}")
    with kafka_node.kafka_node(CACHE) as node:
        provision(node.kafka)
        settings = worker_settings(Settings(kafka=node.kafka), tmp_path, "worker")
        with running(settings, tmp_path, "worker", "measure", "merge"):
            feed(settings, 0, 500)
            wait_until(lambda: counted(settings) == 500, 60, "the events before")
            node.stop(kill=True)
            node.restart()
            feed(settings, 500, 500)
            wait_until(lambda: counted(settings) == 1_000, 90, "the events after")


def test_a_worker_logs_in_where_kafka_asks_for_it(tmp_path: Path) -> None:
    if reason := kafka_node.obstacle(CACHE):
        pytest.skip(f"needs a Kafka with a listener that asks for credentials: {reason}")
    port = free_port()
    (tmp_path / "secret").write_text("right\n")
    with kafka_node.kafka_node(CACHE, properties=sasl(port)):
        kafka = Kafka(
            brokers=f"127.0.0.1:{port}",
            security_protocol="SASL_PLAINTEXT",
            sasl_mechanism="PLAIN",
            sasl_username="gauge",
            sasl_password_file=tmp_path / "secret",
        )
        provision(kafka)
        settings = worker_settings(Settings(kafka=kafka), tmp_path, "worker")
        feed(settings, 0, 50)
        with running(settings, tmp_path, "worker", "measure", "merge"):
            wait_until(lambda: counted(settings) == 50, 60, "events over an authenticated line")
    assert "right" not in (tmp_path / "process.log").read_text()


def test_strangers_on_our_own_topics_stop_nothing(deployment: Settings, tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(RULES)
    settings = msgspec.structs.replace(
        worker_settings(deployment, tmp_path, "worker"),
        alerting=Alerting(rules=(tmp_path / "rules.yml",)),
    )
    producer = Producer(settings.kafka.confluent())
    garbages = (
        b"\xff\xfe",
        b"{}",
        b'{"type":"nothing"}',
        b'{"type":"measure","labels":{"model":"\xff"}}',
        b'{"labels":{"model":"\xff"}}',
        b'{"id":"\xff"}',
        b"\x82\xa1v\x01\xa5owner\xa1\xff",
        b'{"x":' + b"[" * 5_000,
    )
    for topic in ("measures", "summaries", "alert-state", "state.measure.predictions"):
        for garbage in garbages:
            producer.produce(topic, garbage, key=b"stranger", partition=0)
    slow = Measure(
        labels={"model": "m", "version": "1"},
        window="5s",
        start=1_000,
        end=6_000,
        revision=1,
        as_of=6_000,
        final=True,
        completeness=1.0,
        values={"prediction_count": 0.0, 'prediction_latency_seconds{quantile="0.95"}': 0.5},
        samples={"prediction_latency_seconds": 10},
    )
    producer.produce("measures", encode(slow))
    producer.flush()
    feed(settings, 0, 10)
    with running(settings, tmp_path, "worker", "measure", "merge", "judge", "detect"):
        wait_until(lambda: records.alerts(settings), 45, "an alert behind the garbage")
        wait_until(lambda: counted(settings) == 10, 45, "measures behind the garbage")
        wait_until(lambda: len(records.dead_letters(settings)) >= 6, 30, "dead letters")
    assert {letter.topic for letter in records.dead_letters(settings).values()} == {
        "measures",
        "summaries",
    }


def test_a_judge_that_is_killed_repeats_no_transition(deployment: Settings, tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(RULES)
    settings = msgspec.structs.replace(
        worker_settings(deployment, tmp_path, "worker"),
        window=Window(width=5.0, delay=1.0, lateness=60.0, idle=1.0, tick=1.0),
        alerting=Alerting(rules=(tmp_path / "rules.yml",)),
        worker=Worker(port=free_port(), datadir=tmp_path / "worker", instance="one"),
    )
    stages = ("worker", "measure", "merge", "judge", "--no-supervised")
    producer = Producer(settings.kafka.confluent())

    def states_after(latency: float) -> list[str]:
        producer.produce("predictions", encode(prediction(0, latency_ms=latency)))
        producer.flush()
        return [alert.state for alert in records.alerts(settings)]

    with running(settings, tmp_path, *stages):
        wait_until(lambda: states_after(500.0), 45, "firing")
    with running(settings, tmp_path, *stages):
        wait_until(lambda: states_after(10.0)[-1] == "resolved", 60, "resolved")
    ids = [alert.id for alert in records.alerts(settings)]
    assert len(ids) == len(set(ids)) == 2


def test_a_taken_port_is_named(deployment: Settings, tmp_path: Path) -> None:
    settings = worker_settings(deployment, tmp_path, "worker")
    with running(settings, tmp_path, "worker", "merge"):
        wait_until(lambda: port_is_open(settings.worker.port), 30, "the first worker")
        with running(settings, tmp_path, "worker", "merge", name="second") as second:
            assert second.wait(60) == 2
    assert f"127.0.0.1:{settings.worker.port}" in (tmp_path / "second.log").read_text()


def port_is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
