"""Replayed files: a change raises a signal that names the feature, and without one all is calm."""

from pathlib import Path

import pytest
from tests.conftest import wait_until
from tests.process import running
from tests.stream_processors import records

from streamgauge.contracts.reference import Reference
from streamgauge.detectors.feature_drift import FeatureDrift
from streamgauge.settings import Settings

from .replayed import command, done, health, signals, write

pytestmark = pytest.mark.kafka
ROWS = 3_000
LEAST = FeatureDrift().least


def test_a_file_with_a_change_raises_a_signal_that_names_the_feature_and_one_without_does_not(
    brisk: Settings, tmp_path: Path
) -> None:
    training = write(tmp_path / "training.csv", seed=1, rows=10_000, change=10_000)
    files = {
        "moving": write(tmp_path / "moving.csv", seed=2, rows=ROWS, change=ROWS // 2),
        "still": write(tmp_path / "still.csv", seed=3, rows=ROWS, change=ROWS),
    }
    named = ("--version", "1", "--prediction", "risk")
    freeze = ("baseline", "from-file", str(training))
    done([command(brisk, *freeze, "--model", model, *named) for model in files])
    hashes = {one.model: one.hash for one in records.of(brisk, "references", Reference)}
    with running(brisk, tmp_path, "worker", name="worker"):
        wait_until(lambda: b'"heartbeats":[0' in health(brisk), 60, "the worker to be ready")
        done(
            [
                command(brisk, "replay", str(path), "--model", model, *named, "--rate", "300")
                for model, path in files.items()
            ]
        )
        wait_until(lambda: signals(brisk, "moving"), 60, "a signal")
        # What is left at the end is too little to say anything of.
        wait_until(lambda: judged(brisk, "still") > ROWS - LEAST, 60, "a verdict of all")
    found = next(one for one in signals(brisk, "moving") if one.stream == "features")
    assert found.active
    assert found.finding == "DRIFT_DETECTED"
    assert (found.parts[0].name, found.direction) == ("amount", "up")
    assert found.reference == hashes["moving"]
    assert found.parts[0].before
    assert found.parts[0].after
    assert not signals(brisk, "still")


def judged(settings: Settings, model: str) -> int:
    """Of how many predictions the detectors have said whether their features have moved."""
    return sum(
        one.samples.get("feature_drift_score", 0)
        for one in records.measures(settings)
        if one.labels.get("model") == model and one.whole
    )
