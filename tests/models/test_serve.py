"""The command as a person starts it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import msgspec
import pytest

from streamgauge.embedded import free_port
from streamgauge.models.serve import build, listen
from streamgauge.settings import Experiment, InputError, Kafka, Redis, Settings, SettingsError


def test_the_command_serves_logs_at_info_and_ends_on_sigterm(
    artifacts: Path, tmp_path: Path
) -> None:
    port = free_port()
    config = tmp_path / "streamgauge.toml"
    config.write_text(
        f'[kafka]\nbrokers = "127.0.0.1:{free_port()}"\n[serve]\nartifacts = "{artifacts}"\n'
    )
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamgauge", "serve", "--config", config, "--port", str(port)],
            stderr=out,
            env=os.environ | {"STREAMGAUGE_LOG_FORMAT": "json"},
        )
        try:
            assert _answers(f"http://127.0.0.1:{port}/health")
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)

    said = log.read_text("utf-8")
    assert process.returncode in {0, -signal.SIGTERM, 128 + signal.SIGTERM}
    assert '"level": "info"' in said
    assert '"level": "debug"' not in said
    assert said.count("without a receipt") == 1
    assert "reload" not in said.lower()
    assert "Traceback" not in said


def _answers(url: str) -> bool:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2) as response:
                return bool(response.status == 200)
        except OSError:
            time.sleep(0.05)
    return False


def test_a_taken_port_is_named() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(InputError, match=f"cannot listen on 127.0.0.1:{port}: Address already"):
            listen("127.0.0.1", port)


def test_a_host_that_is_none_is_named() -> None:
    with pytest.raises(InputError, match="cannot listen on not a host"):
        listen("not a host", 8002)


def test_wrong_settings_are_said_at_the_start(lonely: Settings, tmp_path: Path) -> None:
    arms = {"e": Experiment(model="duration_s", arms={"a": "1"})}
    wrong = msgspec.structs.replace(lonely, redis=Redis(url="http://x"), experiments=arms)
    with pytest.raises(SettingsError, match=r"redis\.url: Redis URL must"):
        build(wrong)

    kafka = Kafka(security_protocol="SSL", ssl_cafile=tmp_path / "none.pem")

    with pytest.raises(SettingsError, match="kafka"):
        build(msgspec.structs.replace(lonely, kafka=kafka))
