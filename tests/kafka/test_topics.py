"""`streamgauge topics create|check` from end to end."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from streamgauge.bench.backing import Capabilities
from streamgauge.contracts.topics import TOPICS, every_topic
from streamgauge.producers.provision import check, compare, provision
from streamgauge.settings import InputError, Kafka, Settings


def topics(
    kafka: Kafka, command: str, *arguments: str, **environ: str
) -> subprocess.CompletedProcess[str]:
    told = {**os.environ, "STREAMGAUGE_KAFKA__BROKERS": kafka.brokers, **environ}
    return subprocess.run(
        [sys.executable, "-m", "streamgauge", "topics", command, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=told,
        timeout=300,
    )


def delete(kafka: Kafka, *names: str) -> None:
    admin = AdminClient(kafka.confluent())
    for deleted in admin.delete_topics(list(names)).values():
        deleted.result()
    deadline = time.monotonic() + 60
    while set(names) & admin.list_topics(timeout=10).topics.keys():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def create(kafka: Kafka, name: str, partitions: int, config: dict[str, str]) -> None:
    new = NewTopic(name, num_partitions=partitions, replication_factor=1, config=config)
    admin = AdminClient(kafka.confluent())
    admin.create_topics([new], operation_timeout=10)[name].result()


def test_create_makes_what_is_missing_and_check_is_then_content(
    deployment: Settings, capabilities: Capabilities
) -> None:
    delete(deployment.kafka, "usage", "alert-state")
    made = topics(deployment.kafka, "create")
    assert made.returncode == 0, made.stderr
    assert set(made.stdout.splitlines()) == {
        "created usage",
        "created alert-state",
        f"2 topics created, {len(every_topic()) - 2} were there",
    }
    again = topics(deployment.kafka, "create")
    assert again.stdout == f"0 topics created, {len(every_topic())} were there\n"
    checked = topics(deployment.kafka, "check")
    assert checked.returncode == 0
    assert f"{len(every_topic())} topics are as they should be" in checked.stdout
    assert ("note: this broker only repeats" in checked.stdout) != capabilities.log_append_time


def test_check_names_every_difference_and_exits_1(deployment: Settings) -> None:
    delete(deployment.kafka, "usage", "feedback", "silences")
    wrong = TOPICS["usage"].config() | {
        "retention.ms": "1000",
        "message.timestamp.type": "CreateTime",
        "max.message.bytes": "2000",
    }
    create(deployment.kafka, "usage", 2, wrong)
    create(deployment.kafka, "silences", 1, TOPICS["usage"].config())
    checked = topics(deployment.kafka, "check", "--json")
    assert checked.returncode == 1
    found = {
        (drift["topic"], drift["setting"]): (drift["wanted"], drift["found"])
        for drift in json.loads(checked.stdout)["drift"]
    }
    assert found == {
        ("feedback", "topic"): ("present", "missing"),
        ("usage", "partitions"): ("4", "2"),
        ("usage", "retention.ms"): ("604800000", "1000"),
        ("usage", "message.timestamp.type"): ("LogAppendTime", "CreateTime"),
        ("usage", "max.message.bytes"): ("1048576", "2000"),
        ("silences", "cleanup.policy"): ("compact", "delete"),
    }
    spoken = topics(deployment.kafka, "check")
    assert "usage: retention.ms is 1000, should be 604800000" in spoken.stdout


def test_create_says_what_is_wrong_with_a_topic_that_it_leaves_alone(deployment: Settings) -> None:
    delete(deployment.kafka, "usage")
    create(deployment.kafka, "usage", 4, TOPICS["usage"].config() | {"retention.ms": "1000"})
    made = topics(deployment.kafka, "create")
    assert made.returncode == 0, made.stderr
    assert made.stdout.splitlines()[1:] == [
        "usage: retention.ms is 1000, should be 604800000; it was there, and stays as it is"
    ]


def test_partitions_are_never_added(deployment: Settings) -> None:
    refused = topics(deployment.kafka, "create", STREAMGAUGE_KAFKA__PARTITIONS="8")
    assert refused.returncode == 2
    assert "predictions has 4 partitions, the settings ask for 8" in refused.stderr
    with pytest.raises(InputError, match="drain"):
        provision(Kafka(brokers=deployment.kafka.brokers, partitions=5))
    assert all(
        drift.setting == "partitions"
        for drift in compare(Kafka(brokers=deployment.kafka.brokers, partitions=5)).drift
    )


def test_more_copies_than_brokers_is_an_error_that_names_the_topic(
    deployment: Settings, needs: Callable[[str], None]
) -> None:
    needs("durable")
    delete(deployment.kafka, "usage")
    with pytest.raises(InputError, match="topic usage: "):
        provision(Kafka(brokers=deployment.kafka.brokers, replication=3))


def test_a_settings_file_says_where_kafka_is(deployment: Settings, tmp_path: Path) -> None:
    file = tmp_path / "streamgauge.toml"
    file.write_text(f'[kafka]\nbrokers = "{deployment.kafka.brokers}"\npartitions = 3\n')
    with pytest.raises(SystemExit) as ended:
        check(config=file)
    assert ended.value.code == 1  # there are 4
