"""References reach the topic, now or when Kafka is there."""

import time

import pytest
from confluent_kafka.admin import AdminClient
from tests.conftest import wait_until
from tests.requirement import allowed
from tests.stream_processors import records

from streamgauge.baseline.publisher import Publisher, publish
from streamgauge.contracts.reference import Reference, ReferenceKind, freeze
from streamgauge.embedded import free_port
from streamgauge.producers.provision import provision
from streamgauge.settings import Kafka, Settings, UnavailableError


def made(model: str, kind: ReferenceKind = "training", rows: int = 1) -> Reference:
    return freeze(
        Reference(model=model, version="1", kind=kind, ts=1, rows=rows, schema={}, features={})
    )


def held(settings: Settings) -> list[Reference]:
    return records.of(settings, "references", Reference)


@pytest.mark.kafka
def test_a_reference_that_a_person_made_is_there_at_once(deployment: Settings) -> None:
    publish(deployment.kafka, made("m"))
    assert held(deployment) == [made("m")]


@pytest.mark.kafka
def test_a_service_offers_all_of_its_own(deployment: Settings) -> None:
    offered = [made("a"), made("b"), made("a", "live")]
    publisher = Publisher(deployment.kafka)
    try:
        publisher.offer(offered)
        wait_until(lambda: len(held(deployment)) == 3, 20, "all references")
    finally:
        publisher.close()
    assert held(deployment) == offered


@pytest.mark.kafka
def test_what_kafka_does_not_take_yet_is_sent_when_it_does(deployment: Settings) -> None:
    admin = AdminClient(deployment.kafka.confluent())
    admin.delete_topics(["references"])["references"].result()
    wait_until(lambda: "references" not in admin.list_topics(timeout=5).topics, 20, "no topic")
    publisher = Publisher(deployment.kafka)
    try:
        publisher.offer([made("m")])
        provision(deployment.kafka)
        wait_until(lambda: held(deployment) == [made("m")], 60, "the reference")
    finally:
        publisher.close()


def test_without_kafka_nobody_waits() -> None:
    began = time.monotonic()
    publisher = Publisher(Kafka(brokers=f"127.0.0.1:{free_port()}"))
    publisher.offer([made("m")])
    publisher.close()
    assert time.monotonic() - began < allowed(5)


def test_a_person_hears_that_kafka_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamgauge.baseline.publisher._PATIENCE_S", 0.5)
    with pytest.raises(UnavailableError, match="topic references"):
        publish(Kafka(brokers=f"127.0.0.1:{free_port()}"), made("m"))
