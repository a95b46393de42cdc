import msgspec
from confluent_kafka import Producer
from tests.conftest import wait_until

from streamgauge.contracts.codec import encode
from streamgauge.contracts.reference import Reference, freeze
from streamgauge.settings import Settings
from streamgauge.stream_processors.reference_topic import ReferenceTopic


def made(version: str) -> Reference:
    return freeze(
        Reference(model="m", version=version, kind="live", ts=1, rows=0, schema={}, features={})
    )


def test_what_is_there_comes_first_and_what_cannot_be_trusted_never(deployment: Settings) -> None:
    producer = Producer(deployment.kafka.confluent())
    changed = msgspec.structs.replace(made("x"), rows=9)
    impossible = freeze(msgspec.structs.replace(made("y"), rows=-1))
    for value in (b"\xff", b"{}", encode(changed), encode(impossible), encode(made("1"))):
        producer.produce("references", value, key=b"m", partition=0)
    producer.flush()
    taken: list[str] = []
    topic = ReferenceTopic(deployment.kafka, lambda one: taken.append(one.version)).start()
    try:
        assert taken == ["1"]
        producer.produce("references", encode(made("2")), key=b"m", partition=0)
        producer.flush()
        wait_until(lambda: taken == ["1", "2"], 10, "the second reference")
        assert topic.failed is None
    finally:
        topic.stop()
