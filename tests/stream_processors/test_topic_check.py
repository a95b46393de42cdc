"""A worker looks at the topics before it counts anything."""

import urllib.request
from pathlib import Path

import msgspec
import pytest
from tests.conftest import wait_until
from tests.kafka.test_topics import create, delete
from tests.process import running

from streamgauge.contracts.topics import TOPICS
from streamgauge.settings import Settings

pytestmark = pytest.mark.kafka


def metrics(settings: Settings) -> list[str]:
    url = f"http://127.0.0.1:{settings.worker.port}/metrics"
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            body: bytes = answer.read()
    except OSError:
        return []
    return body.decode().splitlines()


@pytest.mark.parametrize("partitions", [3, 5])
def test_a_worker_refuses_topics_with_other_partitions(
    deployment: Settings, tmp_path: Path, partitions: int
) -> None:
    kafka = msgspec.structs.replace(deployment.kafka, partitions=partitions)
    settings = msgspec.structs.replace(deployment, kafka=kafka)
    with running(settings, tmp_path, "worker", "merge") as worker:
        assert worker.wait(60) == 2
    said = (tmp_path / "process.log").read_text()
    assert f"kafka.partitions: predictions has 4, not {partitions}, " in said
    assert "Traceback" not in said


def test_a_worker_warns_of_each_topic_that_is_not_as_it_should_be(
    deployment: Settings, tmp_path: Path
) -> None:
    delete(deployment.kafka, "usage")
    wrong = {"retention.ms": "1000000", "message.timestamp.type": "CreateTime"}
    create(deployment.kafka, "usage", 4, TOPICS["usage"].config() | wrong)
    found = {
        f'streamgauge_topic_setting_wrong{{setting="{name}",topic="usage"}} 1.0' for name in wrong
    }
    with running(deployment, tmp_path, "worker", "merge", "--no-supervised"):
        wait_until(lambda: found <= set(metrics(deployment)), 45, "the metric")
    lines = (tmp_path / "process.log").read_text().splitlines()
    (line,) = [one for one in lines if "not as it should be" in one]
    assert "usage" in line
    assert "retention.ms is 1000000, should be 604800000" in line
    assert "message.timestamp.type is CreateTime, should be LogAppendTime" in line
