"""What is on disk when a function returns, also after a power cut; and the places to be killed at.

`STREAMGAUGE_CRASH_AT=point` kills the process at that point, `point:3` when it comes there for the
third time: how a test proves that no moment is a bad one.
"""

import os
import signal
from collections import Counter
from contextlib import suppress
from pathlib import Path

_VARIABLE = "STREAMGAUGE_CRASH_AT"
_PRIVATE = 0o700
_TRIES = 10
_passed: Counter[str] = Counter()


def crash_at(point: str) -> None:
    """Die here by SIGKILL if the environment asks for it."""
    asked = os.environ.get(_VARIABLE)
    if asked is None:
        return
    name, _, count = asked.partition(":")
    if name == point:
        _passed[point] += 1
        if _passed[point] == int(count or 1):
            os.kill(os.getpid(), signal.SIGKILL)


def make_folder(folder: Path) -> None:
    """A folder for its owner only, with all folders above it; each is in its parent for good."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=_PRIVATE, exist_ok=True)
    sync(folder.parent)


def sync(path: Path) -> None:
    """Wait until the disk has a file's bytes, or the names in a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def settle(written: Path, place: Path) -> None:
    """Move a finished file to its place in one step, for good."""
    sync(written)
    crash_at("file-written")
    for _ in range(_TRIES):
        make_folder(place.parent)
        # Whoever clears empty folders away may do so between these two lines.
        with suppress(FileNotFoundError):
            written.replace(place)
            break
    sync(place.parent)
    crash_at("file-settled")


def claim(place: Path, content: bytes, draft: Path) -> bool:
    """Create a file with all of its content, or not at all; False if it is there already.

    The content is written to `draft` first. A hard link fails where a rename would replace, so of
    two who claim the same place one loses.
    """
    make_folder(place.parent)
    make_folder(draft.parent)
    draft.write_bytes(content)
    sync(draft)
    crash_at("claim-drafted")
    try:
        os.link(draft, place)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    sync(place.parent)
    return True


def append_line(path: Path, line: bytes) -> None:
    """Add a line to a file that only grows."""
    make_folder(path.parent)
    with path.open("ab") as file:
        file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())
    sync(path.parent)
