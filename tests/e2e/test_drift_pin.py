"""A stream that nobody made a reference of: a pinned period judges what comes after it."""

import time
from pathlib import Path

import pytest
from tests.conftest import wait_until
from tests.process import running
from tests.stream_processors import records

from streamgauge.contracts.measure import Signal
from streamgauge.contracts.reference import Reference
from streamgauge.settings import Settings

from .replayed import command, done, health, signals, write

pytestmark = pytest.mark.kafka
REPLAY = ("--model", "risk", "--version", "1", "--prediction", "risk", "--rate", "300")
PIN = ("baseline", "pin", "--model", "risk", "--version", "1", "--last", "10m")


def test_what_comes_after_a_pinned_period_is_compared_with_it(
    brisk: Settings, tmp_path: Path
) -> None:
    before = write(tmp_path / "before.csv", seed=4, rows=6_000, change=6_000)
    after = write(tmp_path / "after.csv", seed=5, rows=1_500, change=0)
    with running(brisk, tmp_path, "worker", name="worker"):
        wait_until(lambda: b'"heartbeats":[0' in health(brisk), 60, "the worker to be ready")
        done([command(brisk, "replay", str(before), *REPLAY)])
        wait_until(lambda: sum(records.final_counts(brisk).values()) == 6_000, 60, "final windows")
        done([command(brisk, *PIN)])
        (pinned,) = records.of(brisk, "references", Reference)
        assert pinned.kind == "live"
        wait_until(lambda: time.time() * 1_000 > pinned.effective, 30, "the grid to count")
        done([command(brisk, "replay", str(after), *REPLAY)])
        wait_until(lambda: named(brisk), 60, "a signal")
    found = named(brisk)[0]
    assert (found.parts[0].name, found.direction) == ("amount", "up")
    assert found.reference == pinned.hash


def named(settings: Settings) -> list[Signal]:
    return [
        one
        for one in signals(settings, "risk")
        if one.stream == "features" and one.detector == "psi"
    ]
