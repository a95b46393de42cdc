"""What a worker says of itself on its own port."""

import asyncio
import json
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import msgspec
import pytest
from confluent_kafka import Producer
from tests.conftest import wait_until
from tests.process import running
from tests.stream_processors.partition_log import Log
from tests.stream_processors.test_measure import WINDOW, prediction

from streamgauge.contracts.codec import encode
from streamgauge.embedded import free_port
from streamgauge.settings import Settings, Worker
from streamgauge.stream_processors import kept as kept_file
from streamgauge.stream_processors.health import Health
from streamgauge.stream_processors.kept_partition import End


def get(url: str) -> bytes:
    try:
        with urlopen(url, timeout=2) as answer:
            return bytes(answer.read())
    except OSError:
        return b""


async def test_a_partition_whose_consumer_is_dead_is_not_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1_000.0
    monkeypatch.setattr(kept_file, "time", SimpleNamespace(monotonic=lambda: now))
    kept = Log().kept
    keeper: Any = SimpleNamespace(kept={2: kept})
    port = free_port()
    health = Health("127.0.0.1", port, lambda: None)
    health.watch_keeper("predictions", keeper)
    await health.start()

    def asked() -> tuple[int, Any]:
        try:
            with urlopen(f"http://127.0.0.1:{port}/health", timeout=60) as answer:
                return answer.status, json.loads(answer.read())["reason"]
        except HTTPError as error:
            with error:
                return error.code, json.loads(error.read())["reason"]

    try:
        for fetch in range(10):
            # Nothing to do, and fetches say so.
            now += 10.0
            kept.catch_up(End(0, fetch), 1.0, 0)
            assert await asyncio.to_thread(asked) == (200, None)
        for _ in range(5):
            # The consumer has died; what it last said does not change.
            now += 10.0
            kept.catch_up(End(0, 9), 1.0, 0)
        status, reason = await asyncio.to_thread(asked)
        assert (status, "predictions[2]" in reason) == (503, True)
        now += 1.0
        kept.catch_up(End(0, 10), 1.0, 0)
        assert await asyncio.to_thread(asked) == (200, None)
    finally:
        await health.stop()


@pytest.mark.kafka
def test_health_and_metrics_are_what_probes_and_prometheus_expect(
    deployment: Settings, promtool: str, tmp_path: Path
) -> None:
    join = msgspec.structs.replace(deployment.join, models=("m",))
    settings = msgspec.structs.replace(
        deployment,
        window=WINDOW,
        join=join,
        worker=Worker(port=free_port(), datadir=tmp_path / "worker"),
    )
    url = f"http://127.0.0.1:{settings.worker.port}"
    with running(settings, tmp_path, "worker", "measure", "merge", "judge", "--no-supervised"):
        wait_until(
            lambda: b'"predictions":[0,1,2,3]' in get(f"{url}/health"), 45, "all partitions owned"
        )
        producer = Producer(settings.kafka.confluent())
        newer = encode(prediction(1))[:-1] + b',"later":1}'
        producer.produce("predictions", newer, partition=3)
        producer.produce("state.measure.predictions", b"a stranger's", partition=2)
        producer.flush()
        place = 'partition="{}",topic="predictions"'
        told = [
            "streamgauge_events_with_unknown_fields_total{" + place.format(3) + "} 1.0",
            "streamgauge_state_log_foreign_records{" + place.format(2) + "} 1.0",
            'streamgauge_label_store_entries{kind="prediction"} 1.0',
        ]
        wait_until(
            lambda: all(one.encode() in get(f"{url}/metrics") for one in told), 45, f"{told}"
        )
        health = json.loads(get(f"{url}/health"))
        metrics = get(f"{url}/metrics")
    assert health["status"] == "ok"
    assert b'streamgauge_events_accepted_total{partition="2",topic="predictions"} 0.0' in metrics
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=metrics, capture_output=True, check=False, timeout=120
    )
    assert checked.returncode == 0, checked.stderr.decode()
