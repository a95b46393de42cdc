"""Our commands as processes of their own, and what the tests write for them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka import Producer

from streamgauge.contracts.alert import Alert
from streamgauge.contracts.codec import encode
from streamgauge.settings import Settings


def environment(settings: Settings, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if "STREAMGAUGE_" not in name}
    return kept | {
        "STREAMGAUGE_KAFKA__BROKERS": settings.kafka.brokers,
        "STREAMGAUGE_KAFKA__START_TIMEOUT": "60",
        "STREAMGAUGE_ALERTING__PORT": str(settings.alerting.port),
        **more,
    }


@contextmanager
def command(
    settings: Settings, folder: Path, *words: str, name: str = "out", **more: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A running `streamgauge` whose output goes to files in the folder; killed at the end."""
    with (folder / f"{name}.txt").open("ab") as out, (folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamgauge", *words],
            env=environment(settings, **more),
            stdout=out,
            stderr=log,
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()


def publish(settings: Settings, alerts: list[Alert], *topics: str) -> None:
    producer = Producer(settings.kafka.confluent())
    for alert in alerts:
        for topic in topics or ("alerts", "alert-state"):
            producer.produce(topic, encode(alert), alert.fingerprint)
    assert producer.flush(60) == 0
