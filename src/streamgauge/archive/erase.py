"""Take one person out of the archive: every row that is theirs, or about a prediction of theirs."""

import hashlib
from collections.abc import Sequence

import msgspec

from streamgauge.archive.durable import append_line, crash_at
from streamgauge.archive.manifest import File, Generation
from streamgauge.archive.parquet import quoted, stored
from streamgauge.archive.rewrite import Change, commit, delete, write
from streamgauge.archive.store import Store
from streamgauge.contracts.codec import encode

AUDIT = "audit.jsonl"
# The middle of a receipt is JSON in base64 as addresses have it, without its padding.
_PAYLOAD = """
try(decode(from_base64(rpad(
    translate(split_part(receipt, '.', 2), '-_', '+/'),
    CAST(ceil(length(split_part(receipt, '.', 2)) / 4) * 4 AS INTEGER),
    '='
))))
"""
# An outcome names nobody: its prediction does, or its receipt, whose unit may be the person.
_THEIRS = {
    "predictions": '"user" = {user} OR ("user" IS NULL AND session IN (SELECT name FROM sessions))',
    "feedback": '"user" = {user} OR prediction_id IN (SELECT name FROM ids) OR '
    '("user" IS NULL AND session IN (SELECT name FROM sessions)) OR contains({payload}, {unit})',
    "outcomes": "prediction_id IN (SELECT name FROM ids) OR contains({payload}, {unit})",
}


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken out. `person` is a hash of the pseudonym: the audit names nobody."""

    at: int
    action: str
    person: str
    rows: dict[str, int] = {}
    files: int = 0
    generation: int = 0


def erase(store: Store, user: str, now: float) -> Erasure:
    """Rewrite every file with rows of a user; the caller holds the rewrite lock.

    It looks again until nothing is found, for what was archived meanwhile. The audit has a line
    before and one after: after a crash the first stands alone, and erasing again completes it.
    """
    person = hashlib.sha256(user.encode()).hexdigest()
    rows: dict[str, int] = {}
    files = 0
    state = store.ledger.state()
    _note(store, Erasure(at=_ms(now), action="erase-begin", person=person))
    delete(store, state.removed)
    for name in ("ids", "sessions"):
        store.engine.ask(f"CREATE OR REPLACE TEMP TABLE {name} (name VARCHAR)")
    while (change := _plan(store, state, user)).out:
        crash_at("erasure-planned")
        commit(store, state, change, _ms(now))
        files += len(change.out)
        for kind, account in change.gone.items():
            rows[kind] = rows.get(kind, 0) + account.erased
        state = store.ledger.state()
    done = Erasure(
        at=_ms(now),
        action="erase",
        person=person,
        rows=rows,
        files=files,
        generation=state.number,
    )
    _note(store, done)
    return done


def _plan(store: Store, state: Generation, user: str) -> Change:
    """New files without the user's rows, for those that have some."""
    change = Change(why="erasure", at_once=True)
    files = {kind: [file for file in state.files if file.kind == kind] for kind in _THEIRS}
    _trace(store, files, user)
    unit = quoted('"unit":' + encode(user).decode())
    for kind, test in _THEIRS.items():
        theirs = test.format(user=quoted(user), payload=_PAYLOAD, unit=unit)
        for file, count in _affected(store, files[kind], theirs):
            _rewrite(store, file, theirs, count, change)
    return change


def _trace(store: Store, files: dict[str, list[File]], user: str) -> None:
    """Remember the user's sessions and predictions, also those that an earlier round took out."""
    for kind in ("predictions", "feedback"):
        if files[kind]:
            store.engine.ask(
                f"INSERT INTO sessions SELECT DISTINCT session FROM {_table(store, files[kind])} "  # noqa: S608 - our own paths
                f'WHERE "user" = {quoted(user)} AND session IS NOT NULL'
            )
    if files["predictions"]:
        test = _THEIRS["predictions"].format(user=quoted(user))
        store.engine.ask(
            f"INSERT INTO ids SELECT id FROM {_table(store, files['predictions'])} WHERE {test}"  # noqa: S608 - our own paths
        )


def _affected(store: Store, files: Sequence[File], theirs: str) -> list[tuple[File, int]]:
    if not files:
        return []
    places = {str(store.path(file)): file for file in files}
    found = store.engine.ask(
        f"SELECT filename, count(*) FROM {_table(store, files)} WHERE {theirs} GROUP BY 1"  # noqa: S608 - our own paths
    )
    return [(places[place], count) for place, count in found]


def _rewrite(store: Store, file: File, theirs: str, count: int, change: Change) -> None:
    left = write(
        store,
        f"SELECT * EXCLUDE (filename) FROM {_table(store, [file])} WHERE ({theirs}) IS NOT TRUE",  # noqa: S608 - our own paths
        [file],
    )
    change.out.append(file)
    change.into += [left] if left else []
    change.lose(file.kind, erased=count)


def _table(store: Store, files: Sequence[File]) -> str:
    return stored(map(store.path, files), filename=True)


def _note(store: Store, line: Erasure) -> None:
    append_line(store.folder / AUDIT, encode(line))


def _ms(now: float) -> int:
    return int(now * 1_000)
