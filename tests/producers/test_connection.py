import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from streamgauge.bench import kafka_node
from streamgauge.bench.backing import Backing
from streamgauge.child import Child
from streamgauge.embedded import embedded_redis, free_port
from streamgauge.producers.connection import wait_for_kafka, wait_for_redis
from streamgauge.producers.provision import provision
from streamgauge.settings import Kafka, Redis, SettingsError, UnavailableError

CACHE = Path(__file__).parents[2] / ".cache"


def test_an_absent_kafka_is_waited_for_with_a_clear_line(caplog: pytest.LogCaptureFixture) -> None:
    kafka = Kafka(brokers=f"127.0.0.1:{free_port()}", start_timeout=0.3)
    with caplog.at_level(logging.WARNING), pytest.raises(UnavailableError) as gone:
        wait_for_kafka(kafka)
    assert f"waiting for Kafka at {kafka.brokers}: no answer" in caplog.text
    assert str(gone.value) == f"Kafka at {kafka.brokers}: no answer; waited 2 s"


def test_an_absent_redis_is_waited_for_and_its_password_stays_secret(
    caplog: pytest.LogCaptureFixture,
) -> None:
    port = free_port()
    redis = Redis(url=f"redis://:hush@127.0.0.1:{port}/0", start_timeout=0.3)
    with caplog.at_level(logging.WARNING), pytest.raises(UnavailableError) as gone:
        wait_for_redis(redis)
    assert f"waiting for Redis at 127.0.0.1:{port}: no answer" in caplog.text
    assert "hush" not in caplog.text + str(gone.value)


def test_a_kafka_that_answers_is_not_waited_for(
    kafka: Kafka, caplog: pytest.LogCaptureFixture
) -> None:
    wait_for_kafka(kafka)
    assert not caplog.records


def test_redis_that_comes_late_is_found(tmp_path: Path) -> None:
    with embedded_redis(tmp_path) as redis:
        wait_for_redis(redis)


def test_an_address_of_no_known_kind_is_a_wrong_setting() -> None:
    with pytest.raises(SettingsError, match=r"redis\.url"):
        wait_for_redis(Redis(url="http://127.0.0.1:1"))


def test_a_certificate_that_is_not_there_is_a_wrong_setting(tmp_path: Path) -> None:
    absent = Kafka(security_protocol="SSL", ssl_cafile=tmp_path / "absent.pem")
    with pytest.raises(SettingsError, match=r"kafka: .*absent\.pem"):
        wait_for_kafka(absent)


@pytest.fixture
def guarded_redis(tmp_path: Path) -> Iterator[str]:
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--requirepass", "right"]
    child = Child("Redis", [*command, "--save", "", "--dir", tmp_path], tmp_path / "log")
    yield f"redis://127.0.0.1:{port}/0"
    child.stop()


def test_credentials_that_redis_refuses_are_named(guarded_redis: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("right\n")
    wait_for_redis(Redis(url=guarded_redis, password_file=secret))
    for wrong in ("wrong", None):
        with pytest.raises(UnavailableError, match="refuses the credentials"):
            wait_for_redis(Redis(url=guarded_redis, password=wrong, start_timeout=0.3))


PLAIN = "127.0.0.1:{broker}"
LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule required user_gauge=right;"


def sasl(port: int) -> str:
    """A further listener that asks for a password."""
    ours, theirs = f"PLAINTEXT://{PLAIN}", f"SASL_PLAINTEXT://127.0.0.1:{port}"
    protocols = ("CONTROLLER:PLAINTEXT", "PLAINTEXT:PLAINTEXT", "SASL_PLAINTEXT:SASL_PLAINTEXT")
    return f"""
listeners={ours},CONTROLLER://127.0.0.1:{{controller}},{theirs}
advertised.listeners={ours},{theirs}
listener.security.protocol.map={",".join(protocols)}
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config={LOGIN}
"""


@pytest.mark.kafka
def test_credentials_reach_kafka_and_wrong_ones_are_named(backing: Backing, tmp_path: Path) -> None:
    if backing.kind != "jars":
        pytest.skip("needs a node of our own with a listener that asks for credentials")
    port = free_port()
    secret = tmp_path / "secret"
    secret.write_text("right\n")
    with kafka_node.kafka_node(CACHE, partitions=1, properties=sasl(port)):
        right = Kafka(
            brokers=f"127.0.0.1:{port}",
            security_protocol="SASL_PLAINTEXT",
            sasl_mechanism="PLAIN",
            sasl_username="gauge",
            sasl_password_file=secret,
            partitions=1,
        )
        assert "predictions" in provision(right)
        wrong = Kafka(
            brokers=right.brokers,
            security_protocol="SASL_PLAINTEXT",
            sasl_mechanism="PLAIN",
            sasl_username="gauge",
            sasl_password="wrong",
            start_timeout=3,
        )
        with pytest.raises(UnavailableError, match="refuses the credentials of user 'gauge'"):
            wait_for_kafka(wrong)
