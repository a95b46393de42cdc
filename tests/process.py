"""Our commands as processes of their own, under the settings of a test."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from streamgauge.settings import Settings


def variables(settings: Settings) -> dict[str, str]:
    """The environment that says the same as these settings."""
    kept = {name: value for name, value in os.environ.items() if "STREAMGAUGE_" not in name}
    plain = msgspec.to_builtins(settings, enc_hook=str)
    return kept | dict(_flatten("STREAMGAUGE", plain)) | {"PYTHONWARNINGS": "default"}


def _flatten(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            joint = "_" if name == "STREAMGAUGE" else "__"
            yield from _flatten(f"{name}{joint}{key.upper()}", inner)
    elif isinstance(value, list | tuple):
        yield name, ",".join(map(str, value))
    elif value is not None:
        yield name, str(value).lower() if isinstance(value, bool) else str(value)


@contextmanager
def running(
    settings: Settings, folder: Path, *words: str, name: str = "process"
) -> Iterator[subprocess.Popen[bytes]]:
    """`streamgauge WORDS`, its output in `folder/name.log`; killed at the end."""
    with (folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamgauge", *words],
            env=variables(settings),
            stdout=log,
            stderr=log,
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
