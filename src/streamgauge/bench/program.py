"""Runs a program under test on one core and takes down the pace that it prints."""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from streamgauge.bench import java_peer
from streamgauge.bench.affinity import last_core
from streamgauge.bench.peer.report import Job, Pace
from streamgauge.child import Child

_HERE = "streamgauge.bench.peer"
PYTHON = {
    "streamgauge": "streamgauge_measure",
    "stock-faust": "stock_faust",
    "plain": "plain",
}
PEERS = (*[name for name in PYTHON if name != "streamgauge"], *java_peer.PEERS)
_LOOK_EVERY_S = 0.05


def command(name: str, job: Job) -> list[str]:
    """How a program is started."""
    if name in java_peer.PEERS:
        return java_peer.command(name, job)
    module = f"{_HERE}.{PYTHON[name]}"
    return [sys.executable, "-m", module, msgspec.json.encode(job).decode()]


@contextmanager
def running(name: str, job: Job, limit: float) -> Iterator[Pace]:
    """The pace of a program, which is still there while the block runs.

    RuntimeError with the end of its output when it ends without a pace or takes over `limit` s.
    """
    with tempfile.TemporaryDirectory() as folder, started(name, job, Path(folder)) as child:
        yield _await(child, Path(folder) / "log", limit)


@contextmanager
def started(name: str, job: Job, folder: Path) -> Iterator[Child]:
    """A program on its core while the block runs, its output in the file `log` of a folder."""
    with last_core():
        child = Child(name, command(name, job), folder / "log", environ=os.environ)
    try:
        yield child
    finally:
        child.stop(grace=0.0)


def _await(child: Child, log: Path, limit: float) -> Pace:
    deadline = time.monotonic() + limit
    while True:
        ended = child.exit_code is not None
        if pace := _pace(log):
            return pace
        if ended or time.monotonic() > deadline:
            how = "ended without a pace" if ended else f"was not done within {limit:.0f} s"
            raise RuntimeError(f"{child.name} {how}: {log.read_text('utf-8', 'replace')[-2_000:]}")
        time.sleep(_LOOK_EVERY_S)


def _pace(log: Path) -> Pace | None:
    for line in log.read_bytes().splitlines(keepends=True)[-5:]:
        if line.startswith(b'{"events":') and line.endswith(b"\n"):
            return msgspec.json.decode(line, type=Pace)
    return None


def timed(name: str, job: Job, limit: float) -> Pace:
    """The pace of a program that is then ended."""
    with running(name, job, limit) as pace:
        return pace
