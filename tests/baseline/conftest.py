"""Our commands on the broker of this run."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from tests.process import variables

from streamgauge.settings import Settings

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def run(*words: str, settings: Settings | None = None) -> "subprocess.CompletedProcess[str]":
    environ = variables(settings) if settings else os.environ | {"STREAMGAUGE_KAFKA__BROKERS": ":1"}
    return subprocess.run(
        [sys.executable, "-m", "streamgauge", "baseline", *words],
        env=environ,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def command() -> Command:
    """`streamgauge baseline WORDS`."""
    return run
