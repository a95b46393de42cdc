"""Alertmanager's own tool as the judge."""

import subprocess
from pathlib import Path

import pytest

# Absent, the test is skipped; where Prometheus is required, it fails.
needs_amtool = pytest.mark.usefixtures("amtool")


def accepts(path: Path) -> bool:
    """Whether Alertmanager would load the file."""
    told = subprocess.run(
        ["amtool", "check-config", str(path)], capture_output=True, check=False, timeout=120
    )
    return told.returncode == 0


def receivers(path: Path, labels: dict[str, str]) -> list[str]:
    """Who is told about an alert with these labels, as often as routes reach them."""
    quoted = [
        name + '="' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        for name, value in labels.items()
    ]
    told = subprocess.run(
        ["amtool", "config", "routes", "test", f"--config.file={path}", *quoted],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return told.stdout.strip().split(",")
