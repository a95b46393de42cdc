"""Replayed files: a change raises a signal that names the feature, and without one all is calm."""

import csv
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import msgspec
import numpy as np
import pytest
from tests.conftest import wait_until
from tests.process import running, variables
from tests.stream_processors import records

from streamgauge.contracts.measure import AnyReading, Signal
from streamgauge.contracts.reference import Reference
from streamgauge.detectors.feature_drift import FeatureDrift
from streamgauge.embedded import free_port
from streamgauge.settings import Settings, Window, Worker

pytestmark = pytest.mark.kafka
ROWS = 3_000
LEAST = FeatureDrift().least


@pytest.fixture
def settings(deployment: Settings, tmp_path: Path) -> Settings:
    return msgspec.structs.replace(
        deployment,
        window=Window(width=2.0, delay=1.0, lateness=30.0, idle=1.0, tick=1.0, max_ahead=2.0),
        worker=Worker(port=free_port(), datadir=tmp_path / "worker", instance="one"),
    )


def write(path: Path, seed: int, rows: int, change: int) -> Path:
    """Payments of customers; from row `change` on amounts are one standard deviation higher."""
    rng = np.random.default_rng(seed)
    age = rng.normal(40.0, 10.0, rows).clip(18.0, 90.0)
    amount = rng.lognormal(3.0, 0.5, rows) * np.where(np.arange(rows) < change, 1.0, np.exp(0.5))
    country = rng.choice(["de", "fr", "nl"], rows, p=[0.5, 0.3, 0.2])
    risk = 0.01 * amount + 0.02 * age + rng.normal(0.0, 0.1, rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["age", "amount", "country", "risk"])
        out.writerows(zip(age.round(2), amount.round(2), country, risk.round(4), strict=True))
    return path


def command(settings: Settings, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "streamgauge", *words],
        env=variables(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def done(processes: Sequence["subprocess.Popen[str]"]) -> None:
    for process in processes:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said


def test_a_file_with_a_change_raises_a_signal_that_names_the_feature_and_one_without_does_not(
    settings: Settings, tmp_path: Path
) -> None:
    training = write(tmp_path / "training.csv", seed=1, rows=10_000, change=10_000)
    files = {
        "moving": write(tmp_path / "moving.csv", seed=2, rows=ROWS, change=ROWS // 2),
        "still": write(tmp_path / "still.csv", seed=3, rows=ROWS, change=ROWS),
    }
    named = ("--version", "1", "--prediction", "risk")
    freeze = ("baseline", "from-file", str(training))
    done([command(settings, *freeze, "--model", model, *named) for model in files])
    hashes = {one.model: one.hash for one in records.of(settings, "references", Reference)}
    with running(settings, tmp_path, "worker", name="worker"):
        wait_until(lambda: b'"heartbeats":[0' in health(settings), 60, "the worker to be ready")
        done(
            [
                command(settings, "replay", str(path), "--model", model, *named, "--rate", "300")
                for model, path in files.items()
            ]
        )
        wait_until(lambda: signals(settings, "moving"), 60, "a signal")
        # What is left at the end is too little to say anything of.
        wait_until(lambda: judged(settings, "still") > ROWS - LEAST, 60, "a verdict of all")
    found = next(one for one in signals(settings, "moving") if one.stream == "features")
    assert found.active
    assert found.finding == "DRIFT_DETECTED"
    assert (found.parts[0].name, found.direction) == ("amount", "up")
    assert found.reference == hashes["moving"]
    assert found.parts[0].before
    assert found.parts[0].after
    assert not signals(settings, "still")


def signals(settings: Settings, model: str) -> list[Signal]:
    kind: Any = AnyReading
    told = records.of(settings, "measures", kind)
    return [one for one in told if isinstance(one, Signal) and one.labels.get("model") == model]


def judged(settings: Settings, model: str) -> int:
    """Of how many predictions the detectors have said whether their features have moved."""
    return sum(
        one.samples.get("feature_drift_score", 0)
        for one in records.measures(settings)
        if one.labels.get("model") == model and one.whole
    )


def health(settings: Settings) -> bytes:
    try:
        with urlopen(f"http://127.0.0.1:{settings.worker.port}/health", timeout=2) as answer:
            return bytes(answer.read())
    except OSError:
        return b""
