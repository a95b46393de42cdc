"""Take one person out of the archive: every row that is theirs, or about a prediction of theirs."""

from collections.abc import Sequence

import msgspec

from streamgauge.archive.durable import append_line, crash_at
from streamgauge.archive.erased import digest
from streamgauge.archive.manifest import File
from streamgauge.archive.rewrite import Change, commit, delete, write
from streamgauge.archive.store import Store
from streamgauge.archive.theirs import THEIRS, know, table, trace
from streamgauge.contracts.codec import encode

AUDIT = "audit.jsonl"


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken out. `person` is a hash of the pseudonym: the audit names nobody."""

    at: int
    action: str
    person: str
    rows: dict[str, int] = {}
    files: int = 0
    generation: int = 0


class Watch:
    """Looks again, now and then, for those who were erased: no moment is a bad one to archive.

    An outcome may be archived before its prediction is, and a batch may have been under way when
    somebody was erased. Files that were looked at are not looked at again before more is known.
    """

    def __init__(self) -> None:
        self._looked: set[str] = set()
        self._size = 0

    def look(self, store: Store, now: float) -> dict[str, int]:
        """Take out what has come back; the rows by kind. The caller holds the rewrite lock."""
        store.erased.refresh()
        if not store.erased.people:
            return {}
        people = list(store.erased.people)
        grew = store.erased.size > self._size
        rows, files, generation = _take_out(store, people, now, self._looked, grew=grew)
        self._size = store.erased.size
        if rows:
            at = _ms(now)
            _note(
                store,
                Erasure(
                    at=at,
                    action="erase-again",
                    person="",
                    rows=rows,
                    files=files,
                    generation=generation,
                ),
            )
        return rows


def erase(store: Store, user: str, now: float) -> Erasure:
    """Rewrite every file with rows of a user; the caller holds the rewrite lock.

    The list comes first: what is archived from then on leaves them out. The files are looked at
    again until nothing is found, for what was archived meanwhile. The audit has a line before and
    one after: after a crash the first stands alone, and erasing again completes it.
    """
    person = digest(user)
    _note(store, Erasure(at=_ms(now), action="erase-begin", person=person))
    store.erased.refresh()
    store.erased.add(person, _ms(now))
    rows, files, generation = _take_out(store, [person], now, set(), grew=True)
    done = Erasure(
        at=_ms(now),
        action="erase",
        person=person,
        rows=rows,
        files=files,
        generation=generation,
    )
    _note(store, done)
    return done


def _take_out(
    store: Store, people: Sequence[str], now: float, looked: set[str], *, grew: bool
) -> tuple[dict[str, int], int, int]:
    """Rows by kind, files written anew, and the generation; `grew`: look at all files."""
    rows: dict[str, int] = {}
    files = 0
    state = store.ledger.state()
    delete(store, state.removed)
    know(store, people)
    while True:
        theirs = [file for file in state.files if file.kind in THEIRS]
        looked &= {file.path for file in theirs}
        fresh = theirs if grew else [file for file in theirs if file.path not in looked]
        known = store.erased.size
        change = _plan(store, fresh)
        # All files were looked at with all that is known by now.
        grew = store.erased.size > known and len(fresh) < len(theirs)
        looked |= {file.path for file in [*fresh, *change.into]}
        if change.out:
            crash_at("erasure-planned")
            commit(store, state, change, _ms(now))
            files += len(change.out)
            for kind, account in change.gone.items():
                rows[kind] = rows.get(kind, 0) + account.erased
        elif not grew:
            return rows, files, state.number
        state = store.ledger.state()


def _plan(store: Store, files: Sequence[File]) -> Change:
    """New files without the rows of those people, for those that have some."""
    change = Change(why="erasure", at_once=True)
    by_kind = {kind: [file for file in files if file.kind == kind] for kind in THEIRS}
    trace(store, by_kind)
    for kind, test in THEIRS.items():
        for file, count in _affected(store, by_kind[kind], test):
            _rewrite(store, file, test, count, change)
    return change


def _affected(store: Store, files: Sequence[File], theirs: str) -> list[tuple[File, int]]:
    if not files:
        return []
    places = {str(store.path(file)): file for file in files}
    found = store.engine.ask(
        f"SELECT filename, count(*) FROM {table(store, files)} WHERE {theirs} GROUP BY 1"  # noqa: S608 - our own paths
    )
    return [(places[place], count) for place, count in found]


def _rewrite(store: Store, file: File, theirs: str, count: int, change: Change) -> None:
    left = write(
        store,
        f"SELECT * EXCLUDE (filename) FROM {table(store, [file])} WHERE ({theirs}) IS NOT TRUE",  # noqa: S608 - our own paths
        [file],
    )
    change.out.append(file)
    change.into += [left] if left else []
    change.lose(file.kind, erased=count)


def _note(store: Store, line: Erasure) -> None:
    append_line(store.folder / AUDIT, encode(line))


def _ms(now: float) -> int:
    return int(now * 1_000)
