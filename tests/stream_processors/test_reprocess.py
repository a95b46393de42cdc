"""A generation begins at a time, in a state and a group of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from confluent_kafka.admin import AdminClient
from tests.conftest import wait_until
from tests.stream_processors.log_sums import desk, feed

from streamgauge.contracts.topics import state_topic
from streamgauge.settings import InputError, Settings
from streamgauge.stream_processors.read_back import committed
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
        timeout=60,
    )


def topics(settings: Settings) -> set[str]:
    admin = AdminClient(settings.kafka.confluent())
    return set(admin.list_topics(timeout=10).topics)


@pytest.mark.parametrize("name", ["", "Fix", "fix_1", "fix.1", "f" * 41, "fix\n"])
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
        assert await old.log.drain(10)
        assert await new.log.drain(10)
        assert (len(before.sums), len(after.sums)) == (15, 5)
        assert (await new.log.acquire(2)).next == 0


@pytest.mark.kafka
def test_a_generation_is_prepared_once(deployment: Settings) -> None:
    prepare(deployment.kafka, 0, "fix-2")
    before = topics(deployment)
    with pytest.raises(InputError, match="exists already"):
        prepare(deployment.kafka, 0, "fix-2")
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
