"""Days that are too old go: first to the cold folder, then for good."""

import shutil
from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from streamgauge.archive.durable import crash_at, make_folder, settle
from streamgauge.archive.manifest import File, Generation
from streamgauge.archive.rewrite import Change, commit
from streamgauge.archive.store import Store, day_of
from streamgauge.settings import Keep


def expire(store: Store, state: Generation, keep: Keep, now: float) -> Generation:
    """Drop the days whose time is over, and move those that cool down; under the rewrite lock."""
    today = date.fromisoformat(day_of(now))
    if old := expired(state.files, keep, today):
        change = Change(why="expiry", out=old, at_once=True)
        for file in old:
            change.lose(file.kind, expired=file.rows)
        state = commit(store, state, change, int(now * 1_000))
    if store.cold and (cooling := cold(state.files, keep, today)):
        moved = [_move(store, file) for file in cooling]
        change = Change(why="cold", out=cooling, into=moved)
        state = commit(store, state, change, int(now * 1_000))
    return state


def expired(files: Iterable[File], keep: Keep, today: date) -> list[File]:
    """Files whose kind is kept for fewer days than have passed since.

    >>> one = File(path="p", kind="ticks", day="2026-01-01", rows=1, size=1, first=0, last=0)
    >>> keep = Keep(ticks=30)
    >>> len(expired([one], keep, date(2026, 1, 31)))
    0
    >>> len(expired([one], keep, date(2026, 2, 1)))
    1
    """
    return [
        file
        for file in files
        if date.fromisoformat(file.day) < today - timedelta(days=getattr(keep, file.kind))
    ]


def cold(files: Iterable[File], keep: Keep, today: date) -> list[File]:
    """Files that are old enough for the cold folder and not there yet."""
    first = today - timedelta(days=keep.hot)
    return [file for file in files if not file.cold and date.fromisoformat(file.day) < first]


def _move(store: Store, file: File) -> File:
    """A copy on the cold disk; the hot one goes when the copy counts."""
    moved = msgspec.structs.replace(
        file,
        cold=True,
        path=f"{file.path.rpartition('/')[0]}/{store.writer.name()}.parquet",
    )
    copy = store.draft("parquet", cold=True)
    make_folder(copy.parent)
    shutil.copyfile(store.path(file), copy)
    crash_at("file-copied")
    settle(copy, store.path(moved))
    return moved
