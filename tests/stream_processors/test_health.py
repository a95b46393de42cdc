"""What a worker says of itself on its own port."""

import json
import subprocess
from pathlib import Path
from urllib.request import urlopen

import msgspec
import pytest
from tests.conftest import wait_until
from tests.process import running
from tests.stream_processors.test_measure import WINDOW

from streamgauge.embedded import free_port
from streamgauge.settings import Settings, Worker

pytestmark = pytest.mark.kafka


def get(url: str) -> bytes:
    try:
        with urlopen(url, timeout=2) as answer:
            return bytes(answer.read())
    except OSError:
        return b""


def test_health_and_metrics_are_what_probes_and_prometheus_expect(
    deployment: Settings, promtool: str, tmp_path: Path
) -> None:
    settings = msgspec.structs.replace(
        deployment,
        window=WINDOW,
        worker=Worker(port=free_port(), datadir=tmp_path / "worker"),
    )
    url = f"http://127.0.0.1:{settings.worker.port}"
    with running(settings, tmp_path, "worker", "measure", "merge", "judge", "--no-supervised"):
        wait_until(
            lambda: b'"predictions":[0,1,2,3]' in get(f"{url}/health"), 45, "all partitions owned"
        )
        health = json.loads(get(f"{url}/health"))
        metrics = get(f"{url}/metrics")
    assert health["status"] == "ok"
    assert b'streamgauge_events_accepted_total{partition="3",topic="predictions"} 0.0' in metrics
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=metrics, capture_output=True, check=False, timeout=20
    )
    assert checked.returncode == 0, checked.stderr.decode()
