"""A generation begins at a time, in a state and a group of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from tests.conftest import wait_until
from tests.process import running
from tests.stream_processors import records
from tests.stream_processors.log_sums import desk, feed
from tests.stream_processors.test_measure import WINDOW, prediction

from streamgauge.contracts.codec import encode
from streamgauge.contracts.measure import Measure
from streamgauge.contracts.topics import state_topic
from streamgauge.settings import InputError, Settings
from streamgauge.stream_processors.application import group
from streamgauge.stream_processors.read_back import committed, read_back
from streamgauge.stream_processors.reprocess import (
    STAGE,
    check_generation,
    check_name,
    moment,
    prepare,
)


def told(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "streamgauge", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "STREAMGAUGE_KAFKA__BROKERS": settings.kafka.brokers},
        timeout=300,
    )


def topics(settings: Settings) -> set[str]:
    admin = AdminClient(settings.kafka.confluent())
    return set(admin.list_topics(timeout=10).topics)


_NO_NAMES = ["", "Fix1", "fix_1", "fix.1", "f" * 40 + "1", "fix1\n", "fix", "fix-0"]


@pytest.mark.parametrize("name", _NO_NAMES)
def test_a_name_that_is_no_part_of_a_topic_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="a-z"):
        check_name(name)


@pytest.mark.parametrize("text", ["yesterday", "", "2026-13-01"])
def test_a_time_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="--from"):
        moment(text)


@pytest.mark.kafka
async def test_a_generation_counts_from_its_time_on(
    deployment: Settings, needs: Callable[[str], None]
) -> None:
    needs("log_append_time")
    kafka = deployment.kafka
    feed(kafka, 10)
    begin = int(time.time() * 1_000) + 1
    wait_until(lambda: time.time() * 1_000 > begin + 1, 5, "the next millisecond")
    feed(kafka, 5)
    feed(kafka, 3, partition=1)
    starts = {(one.topic, one.partition): one for one in prepare(kafka, begin, "fix-1")}
    assert [starts["predictions", part].offset for part in range(4)] == [10, 0, 0, 0]
    assert committed(kafka, "streamgauge-measure-fix-1", "predictions", 0) == 10
    check_generation(kafka, "fix-1")
    with desk(kafka) as old, desk(kafka, "fix-1") as new:
        before = await old.log.acquire(0)
        after = await new.log.acquire(0)
        assert (before.next, after.next, after.stopped, after.skips) == (0, 10, None, [])
        old.count(before, 15)
        new.count(after, 15)
        assert await old.log.drain(60)
        assert await new.log.drain(60)
        assert (len(before.sums), len(after.sums)) == (15, 5)
        assert (await new.log.acquire(2)).next == 0


@pytest.mark.kafka
def test_a_generation_is_prepared_once(deployment: Settings) -> None:
    prepare(deployment.kafka, 0, "fix-2")
    before = topics(deployment)
    with pytest.raises(InputError, match="exists already"):
        prepare(deployment.kafka, 0, "fix-2")
    for older in ("fix-1", "another-2"):
        with pytest.raises(InputError, match="take a higher number"):
            prepare(deployment.kafka, 0, older)
    assert topics(deployment) == before
    with pytest.raises(InputError, match="run streamgauge reprocess"):
        check_generation(deployment.kafka, "fix-3")


@pytest.mark.kafka
def test_the_command_says_where_it_begins_and_what_to_do_next(deployment: Settings) -> None:
    feed(deployment.kafka, 2)
    words = ("reprocess", "--from", "2020-01-01", "--generation")
    plain = told(deployment, *words, "fix-4")
    assert plain.returncode == 0, plain.stderr
    assert "predictions[0]: offset 0, 2 to count" in plain.stdout
    assert "STREAMGAUGE_WORKER__GENERATION=fix-4" in plain.stdout
    found = told(deployment, *words, "fix-5", "--json")
    starts = json.loads(found.stdout)["starts"]
    assert {"topic": "predictions", "partition": 0, "offset": 0, "low": 0, "high": 2} in starts
    assert state_topic(STAGE, "predictions", "fix-5").name in topics(deployment)
    again = told(deployment, *words, "fix-5")
    assert (again.returncode, "exists already" in again.stderr) == (2, True)


@pytest.mark.kafka
def test_a_worker_of_a_generation_counts_from_there(deployment: Settings, tmp_path: Path) -> None:
    producer = Producer(deployment.kafka.confluent())
    for number in range(30):
        producer.produce("predictions", encode(prediction(number)))
    assert producer.flush(60) == 0
    base = msgspec.structs.replace(deployment, window=WINDOW)

    def until_counted(generation: str, published: int) -> None:
        worker = msgspec.structs.replace(
            base.worker, generation=generation, datadir=tmp_path / f"worker{generation}"
        )
        settings = msgspec.structs.replace(base, worker=worker)
        name = group(STAGE, generation)
        ends = [records_in(settings, partition) for partition in range(4)]
        assert sum(ends) == 30

        def told() -> bool:
            windows = records.measures(settings)[published:]
            return sum(one.values["prediction_count"] for one in windows if is_final(one)) == 30

        with running(settings, tmp_path, "worker", "measure", "merge", name=f"w{generation}"):
            wait_until(
                lambda: (
                    [committed(settings.kafka, name, "predictions", p) for p in range(4)] == ends
                ),
                60,
                "all events are counted and committed",
            )
            wait_until(told, 60, "the measures")

    until_counted("", published=0)
    prepare(deployment.kafka, 0, "fix-6")
    until_counted("fix-6", published=len(records.measures(deployment)))


def is_final(one: Measure) -> bool:
    """Of models and versions, in base windows."""
    return one.final and one.window == "5s" and one.labels.keys() == {"model", "version"}


def records_in(settings: Settings, partition: int) -> int:
    return sum(1 for _ in read_back(settings.kafka, "predictions", partition))
