"""The command: its start, its end, and what it says when it cannot begin."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import closing

import pytest

from streamgauge.embedded import free_port
from streamgauge.settings import Settings

from .conftest import WaitUntil
from .http import get, listen


def start(port: int, **environ: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "streamgauge", "dashboard", "--port", str(port)],
        env={**os.environ, **environ},
        stderr=subprocess.PIPE,
        text=True,
    )


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.kafka
def test_it_serves_until_it_is_told_to_end_even_with_a_page_open(
    deployment: Settings, wait_until: WaitUntil
) -> None:
    port = free_port()
    with start(port, STREAMGAUGE_KAFKA__BROKERS=deployment.kafka.brokers) as process:
        wait_until(lambda: answers(port) or process.poll() is not None, "it listens")
        with closing(process.stderr) if process.stderr else pytest.fail("no stderr"):
            site = f"http://127.0.0.1:{port}"
            assert get(site, "/")[0] == 200
            with listen(site) as events:
                assert next(events)[0] == "snapshot"
                process.send_signal(signal.SIGTERM)
                assert process.wait(60) in (0, -signal.SIGTERM)


def test_without_kafka_it_says_so_and_exits_69() -> None:
    environ = {
        "STREAMGAUGE_KAFKA__BROKERS": f"127.0.0.1:{free_port()}",
        "STREAMGAUGE_KAFKA__START_TIMEOUT": "1",
    }
    with start(free_port(), **environ) as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == 69
    assert "no answer" in said


def test_a_taken_port_is_named_and_exits_2() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with start(port) as process:
            _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert str(port) in said
