"""Many small files become one: a day that is over is one file for each model."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from streamgauge.archive.kind import KINDS, Kind
from streamgauge.archive.manifest import File, Generation
from streamgauge.archive.parquet import named, stored
from streamgauge.archive.rewrite import Change, commit, write
from streamgauge.archive.store import Store, day_of

# Of a day that goes on, so many small files are joined; a joined file that is large stays.
_MOST_SMALL = 64
_SMALL_BYTES = 32 << 20
# Late events still come for a while.
_SETTLED_S = 3_600
# A generation lists every file: it is written for so many folders at once.
_AT_ONCE = 50


def compact(store: Store, state: Generation, now: float) -> Generation:
    """Join what `due` names; the caller holds the rewrite lock. `now` is in seconds."""
    today = date.fromisoformat(day_of(now - _SETTLED_S))
    groups = due(state.files, today)
    for start in range(0, len(groups), _AT_ONCE):
        change = Change(why="compaction")
        for files in groups[start : start + _AT_ONCE]:
            _join(store, files, change)
        state = commit(store, state, change, int(now * 1_000))
    return state


def due(files: Iterable[File], today: date) -> list[list[File]]:
    """Groups of files to join: those of a folder whose day is over, or many small ones.

    >>> one = File(path="k/day=2026-01-01/model=m/a", kind="k", day="2026-01-01", rows=1, size=1,
    ...            first=0, last=0)
    >>> two = File(path="k/day=2026-01-01/model=m/b", kind="k", day="2026-01-01", rows=1, size=1,
    ...            first=0, last=0)
    >>> len(due([one, two], date(2026, 1, 2))), len(due([one, two], date(2026, 1, 1)))
    (1, 0)
    """
    folders: dict[tuple[str, bool], list[File]] = {}
    for file in sorted(files, key=lambda file: file.path):
        folders.setdefault((file.path.rpartition("/")[0], file.cold), []).append(file)
    groups = []
    for group in folders.values():
        if group[0].day < today.isoformat():
            chosen, least = group, 2
        else:
            chosen = [file for file in group if file.size < _SMALL_BYTES]
            least = _MOST_SMALL
        if len(chosen) >= least:
            groups.append(chosen)
    return groups


def every_row(kind: Kind, paths: Sequence[Path]) -> str:
    """The query for all rows of files, with all columns of their kind."""
    columns = ", ".join(f"CAST(NULL AS {of}) AS {named(name)}"
                        for name, of in kind.all_columns().items())  # fmt: skip
    # Files of an older version may lack columns, and there may be no file at all.
    empty = f"SELECT {columns} WHERE false"
    if not paths:
        return empty
    return f"{empty} UNION ALL BY NAME SELECT * FROM {stored(paths)}"  # noqa: S608 - our own paths


def newest_only(kind: Kind, query: str) -> str:
    """The query with the newest revision of each thing only, where its kind has revisions."""
    if not kind.same:
        return query
    same = ", ".join(map(named, kind.same))
    order = ", ".join(f"{name} DESC" for name in kind.newest)
    return f"{query} QUALIFY row_number() OVER (PARTITION BY {same} ORDER BY {order}) = 1"


def _join(store: Store, files: Sequence[File], change: Change) -> None:
    kind = KINDS[files[0].kind]
    table = every_row(kind, [store.path(file) for file in files])
    file = write(store, newest_only(kind, f"SELECT * FROM ({table})"), files)  # noqa: S608 - our own paths
    rows = file.rows if file else 0
    change.out += files
    change.into += [file] if file else []
    change.lose(kind.name, superseded=sum(one.rows for one in files) - rows)
