"""What the demo starts is its own, whatever the caller's shell is set up for."""

import os
from pathlib import Path

import pytest

from streamgauge.demo import stack as module


def test_a_shell_that_is_set_up_for_production_does_not_lead_the_demo_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAMGAUGE_KAFKA__BROKERS", "production.invalid:9092")
    monkeypatch.setenv("STREAMGAUGE_REDIS__URL", "redis://production.invalid:6379/0")
    monkeypatch.setattr(module, "_PROCESSES", ())
    before = dict(os.environ)
    try:
        with module.stack(tmp_path, tmp_path / "models", quiet=True) as running:
            settings, children = running.settings, running.children
    finally:
        os.environ.clear()
        os.environ.update(before)
    assert children
    assert settings.kafka.brokers.startswith("127.0.0.1:")
    assert settings.redis.url.startswith("redis://127.0.0.1:")
