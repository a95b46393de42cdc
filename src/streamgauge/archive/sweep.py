"""What a killed writer left behind: files that are on no manifest and never will be."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

from streamgauge.archive.durable import sync
from streamgauge.archive.kind import KINDS
from streamgauge.archive.lease import forget_the_dead, is_alive, token_of
from streamgauge.archive.manifest import File
from streamgauge.archive.store import Store

_DRAFTS = "drafts"
_log = logging.getLogger(__name__)


def sweep(store: Store) -> list[Path]:
    """Delete what does not count of writers that ended, and what a rewrite took out.

    Files of a process that lives are left alone: it may be about to put them on a manifest.
    """
    found = list(_every_file(store))
    alive = {token: is_alive(store.folder, token) for token in {_owner(path) for path in found}}
    # Only now: a writer that is dead by now has published all that it ever will.
    state = store.ledger.state()
    listed = {store.path(file) for file in state.files if not file.cold or store.cold}
    removed = {store.path(file) for file in state.removed if not file.cold or store.cold}
    gone = [
        path
        for path in found
        if path not in listed and (path in removed or not alive[_owner(path)])
    ]
    for path in gone:
        path.unlink(missing_ok=True)
    for folder in {path.parent for path in gone}:
        if folder.name != _DRAFTS:
            tidy_folder(folder)
    forget_the_dead(store.folder)
    if gone:
        _log.info("deleted %d files that no manifest lists", len(gone))
    return gone


def missing(store: Store, files: list[File]) -> list[File]:
    """Listed files that are not there or not of their size: a disk that was restored or damaged."""
    return [file for file in files if _size(store.path(file)) != file.size]


def tidy_folder(folder: Path) -> None:
    """Remove a folder of a model, and that of its day, if nothing is in them."""
    for place in (folder, folder.parent):
        if place.name == _DRAFTS:
            break
        try:
            place.rmdir()
        except OSError:
            break
        sync(place.parent)


def _every_file(store: Store) -> Iterator[Path]:
    for base in (store.folder, *([store.cold] if store.cold else [])):
        for name in (*KINDS, _DRAFTS):
            for place, _, files in os.walk(base / name):
                yield from (Path(place) / file for file in files)


def _owner(path: Path) -> str:
    """Whose file it is; DuckDB's own lie in a folder that has the token."""
    return token_of(path.parent.name if path.parent.name.startswith("spill-") else path.name)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return -1
