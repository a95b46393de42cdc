"""`streamgauge archive` against a real Kafka: all that was sent is in the files, once."""

import json
import random
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from tests.archive.sample import feedback, measure, outcome, prediction
from tests.conftest import recreate_topics, wait_until
from tests.process import running, variables

from streamgauge.archive.ledger import Ledger
from streamgauge.archive.manifest import Generation, unbalanced
from streamgauge.archive.read import Reader
from streamgauge.contracts.codec import encode
from streamgauge.contracts.measure import Signal, Tick
from streamgauge.contracts.summary import Sample, Summary
from streamgauge.embedded import free_port
from streamgauge.settings import Archive, Settings

pytestmark = pytest.mark.kafka
DAY_MS = 86_400_000


@pytest.fixture
def settings(deployment: Settings, tmp_path: Path) -> Settings:
    archive = Archive(folder=tmp_path / "archive", every=0.3, tidy=0.5, port=free_port())
    return msgspec.structs.replace(deployment, archive=archive)


def member(settings: Settings, **changes: Any) -> Settings:
    """The same archive, for another process."""
    archive = msgspec.structs.replace(settings.archive, port=free_port(), **changes)
    return msgspec.structs.replace(settings, archive=archive)


def send(settings: Settings, topic: str, events: Iterable[Any]) -> None:
    producer = Producer(settings.kafka.confluent() | {"linger.ms": 5})
    for number, event in enumerate(events):
        value = event if isinstance(event, bytes) else encode(event)
        producer.produce(topic, value, key=str(number))
    assert producer.flush(60) == 0


def state(settings: Settings) -> Generation:
    return Ledger(settings.archive.folder.absolute()).state()


def records(settings: Settings) -> int:
    return sum(tip.records for tip in state(settings).tips)


def ids(settings: Settings, kind: str) -> list[str]:
    return sorted(row["id"] for row in Reader(settings.archive.folder).rows(kind))


def metrics(settings: Settings) -> str:
    address = f"http://127.0.0.1:{settings.archive.port}/metrics"
    with urllib.request.urlopen(address, timeout=60) as answer:
        return str(answer.read().decode())


def command(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "streamgauge", "archive", *words],
        env=variables(settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_every_kind_of_every_topic_is_archived_and_reported(
    settings: Settings, tmp_path: Path
) -> None:
    start = prediction(0).ts
    send(settings, "predictions", [*(prediction(i, user="ada") for i in range(50)), b"{", b"\xff"])
    send(settings, "outcomes", [outcome(i, truth="cat" if i % 2 else 1.0) for i in range(20)])
    send(settings, "feedback", [feedback(i) for i in range(10)])
    signal_ = Signal(
        id="g", labels={"model": "scan"}, detector="adwin", stream="error", start=start,
        end=start + 1, active=True, score=1.0, before=0.0, after=1.0, samples=9,
    )  # fmt: skip
    tick = Tick(watermark=start, at=start, completeness=0.5)
    hour = measure(start, 7, window="1h", end=start + 3_600_000, final=True)
    send(settings, "measures", [measure(start, 1), measure(start, 2), hour, signal_, tick])
    day = Summary(
        labels={"model": "scan", "version": "1"}, window="1d", start=start, end=start + DAY_MS,
        count=50, sample=Sample(),
    )  # fmt: skip
    send(settings, "summaries", [day, msgspec.structs.replace(day, window="1m")])
    sent = 52 + 20 + 10 + 5 + 2
    with running(settings, tmp_path, "archive") as process:
        wait_until(lambda: records(settings) == sent, 60, f"{sent} records archived")
        assert 'streamgauge_archive_rejected_total{topic="predictions"} 2.0' in metrics(settings)
        process.terminate()
        assert process.wait(60) == 0
    reader = Reader(settings.archive.folder)
    assert ids(settings, "predictions") == sorted(f"p{i}" for i in range(50))
    assert len(reader.rows("outcomes")) == 20
    assert len(reader.rows("feedback")) == 10
    assert reader.measures(model="scan") == [measure(start, 2), hour]
    assert [row["detector"] for row in reader.rows("signals")] == ["adwin"]
    assert [row["completeness"] for row in reader.rows("ticks")] == [0.5]
    assert [row["count"] for row in reader.rows("summaries")] == [50]
    told = command(settings, "status", "--json")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["wrong"] == []
    found = command(settings, "query", "SELECT count(*) AS n FROM predictions", "--json")
    assert json.loads(found.stdout) == {"n": 50}
    erased = command(settings, "erase", "--user", "ada")
    assert erased.returncode == 0, erased.stderr
    assert "erased: 20 outcomes, 50 predictions" in erased.stdout
    assert "dead-letters until" in erased.stdout
    assert ids(settings, "predictions") == []


@contextmanager
def crashing(settings: Settings, folder: Path, point: str) -> Iterator[subprocess.Popen[bytes]]:
    """An archive that kills itself at a point; in any case it is killed at the end."""
    with (folder / "crashing.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamgauge", "archive"],
            env=variables(settings) | {"STREAMGAUGE_CRASH_AT": point},
            stdout=log,
            stderr=log,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def test_kill_9_at_any_moment_under_load_is_exact(settings: Settings, tmp_path: Path) -> None:
    rng = random.Random(20_261_121)
    # Under its name it comes back at once; otherwise each kill costs a session timeout.
    named = msgspec.structs.replace(settings.worker, instance="one")
    settings = msgspec.structs.replace(settings, worker=named)
    sent = 0
    # The last one is killed at no point in particular.
    for point in ("file-of-batch", "manifest-published", "committed", "generation-published", "-"):
        goal = records(settings) + rng.randint(500, 1_500)
        with crashing(member(settings), tmp_path, f"{point}:{rng.randint(1, 3)}") as process:
            while process.poll() is None and records(settings) < goal:
                events = [
                    prediction(i, model=f"m{i % 3}", ts=prediction(0).ts - DAY_MS * (i % 2))
                    for i in range(sent, sent + 250)
                ]
                send(settings, "predictions", [*events, b"broken"])
                sent += 250
    goal = sent + sent // 250
    with running(settings, tmp_path, "archive"):
        wait_until(lambda: records(settings) == goal, 60, f"all {goal} records")
    assert ids(settings, "predictions") == sorted(f"p{i}" for i in range(sent))
    after = state(settings)
    assert sum(tip.rejected for tip in after.tips) == sent // 250
    assert unbalanced(after) == []


def test_two_share_the_work_and_a_zombie_that_wakes_up_changes_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    two = member(settings)
    send(settings, "predictions", [prediction(i) for i in range(300)])
    with running(member(settings, every=600.0), tmp_path, "archive", name="zombie") as zombie:
        log = tmp_path / "zombie.log"
        wait_until(lambda: "archiving" in log.read_text(), 45, "the first one reads")
        send(settings, "predictions", [prediction(i) for i in range(300, 400)])
        zombie.send_signal(signal.SIGSTOP)
        with running(two, tmp_path, "archive", name="two"):
            wait_until(lambda: records(settings) == 400, 60, "the second one takes over")
            zombie.send_signal(signal.SIGCONT)
            send(settings, "predictions", [prediction(i) for i in range(400, 500)])
            # It holds records for ten minutes; told to end, it writes what is its own.
            wait_until(lambda: log.read_text().count("archiving") > 1, 45, "it joins again")
            zombie.terminate()
            assert zombie.wait(60) in {0, 75}
            wait_until(lambda: records(settings) == 500, 60, "everything")
    assert ids(settings, "predictions") == sorted(f"p{i}" for i in range(500))


def delete_before(settings: Settings, offset: int) -> int:
    """Delete records of all partitions as retention would; how many are gone."""
    admin = AdminClient(settings.kafka.confluent())
    places = [TopicPartition("predictions", part, offset) for part in range(4)]
    for deleted in admin.delete_records(places).values():
        deleted.result()
    return offset * len(places)


def each(partition: int, count: int) -> Callable[[Settings], None]:
    def run(settings: Settings) -> None:
        producer = Producer(settings.kafka.confluent())
        for number in range(count):
            producer.produce("predictions", encode(prediction(number)), partition=partition)
        assert producer.flush(60) == 0

    return run


def test_what_kafka_deleted_too_early_is_named_recorded_or_a_reason_to_stop(
    settings: Settings, tmp_path: Path, needs: Callable[[str], None]
) -> None:
    needs("delete_records")
    for partition in range(4):
        each(partition, 20)(settings)
    # Before the archive begins nothing can be lost.
    delete_before(settings, 5)
    with running(settings, tmp_path, "archive", name="first"):
        wait_until(lambda: records(settings) == 60, 60, "what there is")
    assert {(tip.end, tip.absent, tip.lost) for tip in state(settings).tips} == {(20, 5, 0)}
    for partition in range(4):
        each(partition, 20)(settings)
    delete_before(settings, 30)
    with running(member(settings, data_loss="stop"), tmp_path, "archive", name="stop") as strict:
        assert strict.wait(60) == 2
    told = (tmp_path / "stop.log").read_text()
    assert "Kafka deleted offsets 20 to 29 before they were archived" in told
    assert records(settings) == 60
    with running(settings, tmp_path, "archive", name="record"):
        wait_until(lambda: records(settings) == 100, 60, "what is left")
        wait_until(
            lambda: 'lost_records{topic="predictions"} 40.0' in metrics(settings), 20, "the loss"
        )
    assert "data loss" in (tmp_path / "record.log").read_text()
    assert {(tip.end, tip.lost) for tip in state(settings).tips} == {(40, 10)}
    assert "10 LOST" in command(settings, "status").stdout


def test_a_topic_that_is_made_anew_begins_its_own_chain(settings: Settings, tmp_path: Path) -> None:
    send(settings, "predictions", [prediction(i) for i in range(30)])
    with running(settings, tmp_path, "archive", name="first"):
        wait_until(lambda: records(settings) == 30, 60, "the first topic")
    recreate_topics(settings.kafka)
    send(settings, "predictions", [prediction(i) for i in range(30, 40)])
    with running(settings, tmp_path, "archive", name="second"):
        wait_until(lambda: records(settings) == 40, 60, "the second topic")
    assert ids(settings, "predictions") == sorted(f"p{i}" for i in range(40))
    assert "was made anew" in (tmp_path / "second.log").read_text()


def test_a_taken_port_and_a_damaged_archive_are_named(settings: Settings, tmp_path: Path) -> None:
    send(settings, "predictions", [prediction(i) for i in range(30)])
    with running(settings, tmp_path, "archive", name="first"):
        wait_until(lambda: records(settings) == 30, 60, "files")
        second = command(settings)
        assert second.returncode == 2
        assert "archive.host, archive.port" in second.stderr
    (settings.archive.folder / state(settings).files[0].path).write_bytes(b"PAR1")
    damaged = command(settings)
    assert damaged.returncode == 2
    assert "1 files that count are not as they were written" in damaged.stderr
