"""The unattended demo, as a stranger runs it."""

import fcntl
import json
import subprocess
import sys
from pathlib import Path

from tests.requirement import allowed


def test_the_demo_fires_delivers_and_resolves(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "streamgauge", "demo", "--once", "--json"],
        cwd=tmp_path,
        capture_output=True,
        timeout=6000,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-2_000:]
    told = json.loads(done.stdout)
    assert told["predictions"] > 100
    assert (
        told["fired"]
        == told["resolved"]
        == [
            "demo_error_rate_high",
            "demo_inference_latency_high",
        ]
    )
    assert told["delivered"] == ["people/console", "people/email"]
    assert told["seconds_to_alert"] <= allowed(7.0)
    assert told["memory_mib"] <= 1_500
    assert list((tmp_path / "var/demo/outbox").glob("*.eml"))


def test_people_see_how_every_model_does(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "streamgauge", "demo", "--once"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=6000,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    lines = [line.split() for line in done.stdout.splitlines() if " in 10 s" in line]
    assert {line[1] for line in lines} == {"duration_s", "result_count"}, done.stdout
    assert all(line[-2] == "errors" for line in lines), done.stdout
    assert any("ms" in line for line in lines), done.stdout


def test_a_second_demo_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            [sys.executable, "-m", "streamgauge", "demo", "--once", "--folder", str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    assert done.returncode == 2
    assert f"{tmp_path}: another demo runs there" in done.stderr
    assert "Traceback" not in done.stderr
