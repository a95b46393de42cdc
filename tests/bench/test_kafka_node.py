import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from streamgauge.bench import backing
from streamgauge.bench.kafka_node import Node, fetch, kafka_node, obstacle, version
from streamgauge.producers.connection import wait_for_kafka
from streamgauge.settings import UnavailableError

CACHE = Path(__file__).parents[2] / ".cache"
PARENT = """
import sys, time
from pathlib import Path
from streamgauge.bench.kafka_node import kafka_node
with kafka_node(Path(sys.argv[1])) as node:
    print(node.pid, flush=True)
    time.sleep(600)
"""


def until_gone(pid: int) -> None:
    deadline = time.monotonic() + 60
    place = Path(f"/proc/{pid}/stat")
    while place.exists() and place.read_text().split(") ")[1][0] != "Z":
        assert time.monotonic() < deadline
        time.sleep(0.02)


def need_jars() -> None:
    if reason := obstacle(CACHE):
        pytest.skip(f"real Kafka: {reason}")


def test_a_node_answers_and_leaves_nothing_behind() -> None:
    need_jars()
    before = set(CACHE.glob("kafka-data-*"))
    with kafka_node(CACHE) as node:
        wait_for_kafka(node.kafka)
        (mine,) = set(CACHE.glob(f"kafka-data-{os.getpid()}-*")) - before
    assert not mine.exists()
    until_gone(node.pid)


def test_a_killed_owner_leaves_no_process_and_its_data_is_swept_by_the_next(tmp_path: Path) -> None:
    need_jars()
    # In a folder of its own: the next may be that of another test.
    jars = fetch(CACHE).resolve()
    (tmp_path / jars.name).symlink_to(jars)
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    until_gone(pid)
    assert list(tmp_path.glob(f"kafka-data-{parent.pid}-*"))
    with kafka_node(tmp_path):
        assert not list(tmp_path.glob(f"kafka-data-{parent.pid}-*"))


def test_without_java_the_reason_is_named_and_the_embedded_broker_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert obstacle(tmp_path) == "there is no java"
    with (
        pytest.raises(UnavailableError, match="real Kafka: there is no java"),
        kafka_node(tmp_path),
    ):
        pass
    with backing.best(tmp_path, tmp_path) as found:
        assert found.kind == "embedded"
        assert not found.capabilities.durable
        wait_for_kafka(found.kafka)


def test_a_wrong_property_is_told_with_the_words_of_kafka() -> None:
    need_jars()
    wrong = "\nprocess.roles=nobody\n"
    with pytest.raises(UnavailableError, match="nobody"), kafka_node(CACHE, properties=wrong):
        pass


def test_the_version_is_that_of_the_jars() -> None:
    assert version().split(".")[0] >= "4"
    assert Node.__doc__
