"""A deployment whose windows are short."""

from pathlib import Path

import msgspec
import pytest

from streamgauge.embedded import free_port
from streamgauge.settings import Settings, Window, Worker


@pytest.fixture
def brisk(deployment: Settings, tmp_path: Path) -> Settings:
    return msgspec.structs.replace(
        deployment,
        window=Window(width=2.0, delay=1.0, lateness=30.0, idle=1.0, tick=1.0, max_ahead=2.0),
        worker=Worker(port=free_port(), datadir=tmp_path / "worker", instance="one"),
    )
