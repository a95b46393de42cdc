"""A program that we start and that never outlives us: watched, stopped, its output in a file."""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO

from streamgauge.settings import UnavailableError

_log = logging.getLogger(__name__)

# Run between fork and the program. Linux then kills the program when we end, be it by kill -9; the
# second line closes the gap in which we ended before the first was reached. A `preexec_fn` would do
# the same, but may deadlock where other threads run.
_LAUNCH = """
import ctypes, os, sys
sys.platform == "linux" and ctypes.CDLL(None).prctl(1, 9)
os.getppid() == int(sys.argv[1]) or sys.exit("the parent has ended")
os.execvp(sys.argv[2], sys.argv[2:])
"""
_TAIL_BYTES = 2_000


class Child:
    """A running program; `check` raises once it has ended by itself, `stop` ends it.

    It has a session of its own, so Ctrl-C reaches only us and we stop it in good order. Start it
    from a thread that lives as long as it should: Linux counts the end of that thread as ours.
    Where there is no prctl (not Linux), a kill -9 of ours leaves it running.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        log: Path | None,
        *,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.log = log
        self._stopping = False
        launch = [sys.executable, "-I", "-S", "-c", _LAUNCH, str(os.getpid())]
        with _output(log) as out:
            self._process = subprocess.Popen(  # noqa: S603 - the caller's own program, no shell
                [*launch, *map(str, command)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=None if log is None else subprocess.STDOUT,
                start_new_session=True,
                env=None if environ is None else {**os.environ, **environ},
            )
        self._watcher = threading.Thread(target=self._watch, name=f"watch-{name}", daemon=True)
        self._watcher.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended; nothing while it runs. Negative: the signal that killed it."""
        return self._process.poll()

    def check(self) -> None:
        """Do nothing while it runs; raise with the end of its output when it has ended."""
        if self.exit_code is not None and not self._stopping:
            raise UnavailableError(self._obituary())

    def wait(self, timeout: float | None = None) -> int | None:
        """Its exit code, or nothing when it still runs after `timeout` seconds."""
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def stop(self, grace: float = 5.0) -> None:
        """Ask it to end, and kill it when it has not within `grace` seconds."""
        self._stopping = True
        if self.exit_code is None:
            self._process.send_signal(signal.SIGTERM)
            if self.wait(grace) is None:
                self._process.kill()
        self._watcher.join()

    def kill(self) -> None:
        """End it as a crash would: kill -9, with no word before."""
        self._stopping = True
        self._process.kill()
        self._watcher.join()

    def _watch(self) -> None:
        self._process.wait()
        if not self._stopping:
            _log.error(self._obituary())

    def _obituary(self) -> str:
        code = self._process.returncode
        how = f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"
        if self.log is None:
            return f"{self.name} {how}"
        last = self.log.read_bytes()[-_TAIL_BYTES:].decode("utf-8", "replace").strip()
        return f"{self.name} {how}; {self.log} ends with: {last.rpartition(chr(10))[2] or '-'}"


def _output(log: Path | None) -> AbstractContextManager[IO[bytes] | None]:
    """The end of the log file; without one the program writes where we write."""
    if log is None:
        return nullcontext()
    log.parent.mkdir(parents=True, exist_ok=True)
    return log.open("ab")
