"""Who is alive: a writer holds a lock for as long as it lives, however it ends."""

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streamgauge.archive.durable import make_folder
from streamgauge.settings import UnavailableError

_WRITERS = "writers"
_REWRITE = "rewrite.lock"
_LOOK_EVERY_S = 0.1


class Writer:
    """One process that writes; its token stands in the name of every file it makes.

    The kernel lets the lock go when the process ends, also by kill -9: whoever can take it knows
    that nobody will ever put those files on a manifest.
    """

    def __init__(self, folder: Path) -> None:
        make_folder(folder / _WRITERS)
        self._count = 0
        while True:
            self.token = secrets.token_hex(6)
            self._path = folder / _WRITERS / self.token
            self._lock = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            # Between the two lines above somebody may have taken us for dead.
            if self._path.exists():
                break
            os.close(self._lock)

    def name(self) -> str:
        """A name for a file, never used before."""
        self._count += 1
        return f"{self._count:08d}-{self.token}"

    def close(self) -> None:
        """Say that all is done."""
        self._path.unlink(missing_ok=True)
        os.close(self._lock)


def is_alive(folder: Path, token: str) -> bool:
    """Whether the writer of this token still runs; the lock of one that does not is removed."""
    path = folder / _WRITERS / token
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        if not _try(handle):
            return True
        path.unlink(missing_ok=True)
    finally:
        os.close(handle)
    return False


def token_of(name: str) -> str:
    """The token in a file's name.

    >>> token_of("00000001-6f1b2c3d4e5f.parquet")
    '6f1b2c3d4e5f'
    """
    return name.partition(".")[0].rpartition("-")[2]


def forget_the_dead(folder: Path) -> None:
    """Remove the locks of writers that ended without saying so."""
    make_folder(folder / _WRITERS)
    for path in (folder / _WRITERS).iterdir():
        is_alive(folder, path.name)


@contextmanager
def rewriting(folder: Path, timeout: float = 0.0) -> Iterator[bool]:
    """Be the only one who rewrites; yields False at once if another does and `timeout` is 0.

    `UnavailableError` if another still does after `timeout` seconds.
    """
    make_folder(folder)
    handle = os.open(folder / _REWRITE, os.O_CREAT | os.O_RDWR, 0o600)
    deadline = time.monotonic() + timeout
    try:
        while not (held := _try(handle)) and timeout:
            if time.monotonic() > deadline:
                raise UnavailableError(f"{folder}: another process is rewriting the archive")
            time.sleep(_LOOK_EVERY_S)
        yield held
    finally:
        os.close(handle)


def _try(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
