"""Which rows are of people who were erased, as SQL; what is known of them stands in tables."""

from collections.abc import Sequence

from streamgauge.archive.erased import ECHO_MS
from streamgauge.archive.manifest import File
from streamgauge.archive.parquet import stored
from streamgauge.archive.store import Store

# The middle of a receipt is JSON in base64 as addresses have it, without its padding.
_PAYLOAD = """
try(decode(from_base64(rpad(
    translate(split_part(rows.receipt, '.', 2), '-_', '+/'),
    CAST(ceil(length(split_part(rows.receipt, '.', 2)) / 4) * 4 AS INTEGER),
    '='
))))
"""
_UNIT = f"sha256(try(json_extract_string({_PAYLOAD}, '$.unit')))"
_CLAIMED = f"try(CAST(json_extract_string({_PAYLOAD}, '$.ts') AS BIGINT))"
# Without the name of its table `"user"` would be DuckDB's own inside the brackets.
_UNTIL = "(SELECT max(until) FROM people WHERE person = {hash})"
_USER = _UNTIL.format(hash='sha256(rows."user")') + " >= epoch_ms(rows.appended)"
_SESSION = '(rows."user" IS NULL AND sha256(rows.session) IN (SELECT name FROM sessions))'
_WHOSE = "(SELECT min(person) FROM sessions WHERE name = sha256(rows.session))"
_PREDICTION = "sha256(rows.prediction_id) IN (SELECT name FROM ids)"
_RECEIPT = f"{_UNTIL.format(hash=_UNIT)} >= {_CLAIMED}"
# An outcome names nobody: its prediction does, or its receipt, whose unit may be the person.
THEIRS = {
    "predictions": f"{_USER} OR {_SESSION}",
    "feedback": f"{_USER} OR {_SESSION} OR {_PREDICTION} OR {_RECEIPT}",
    "outcomes": f"{_PREDICTION} OR {_RECEIPT}",
}


def know(store: Store, people: Sequence[str]) -> None:
    """What is known of these people, where the tests of rows find it."""
    erased, chosen = store.erased, set(people)
    ask = store.engine.ask
    ask("CREATE OR REPLACE TEMP TABLE people (person VARCHAR, until BIGINT)")
    for person in people:
        ask("INSERT INTO people VALUES (?, ?)", [person, erased.people[person] + ECHO_MS])
    for table, held in (("sessions", erased.sessions), ("ids", erased.predictions)):
        ask(f"CREATE OR REPLACE TEMP TABLE {table} (name VARCHAR, person VARCHAR)")
        known = [(name, person) for name, person in held.items() if person in chosen]
        names, persons = [name for name, _ in known], [person for _, person in known]
        ask(f"INSERT INTO {table} SELECT unnest(?), unnest(?)", [names, persons])


def trace(store: Store, files: dict[str, list[File]]) -> None:
    """Put the sessions and predictions of these people on the list, and into the tables."""
    sessions: list[tuple[str, str]] = []
    ids: list[tuple[str, str]] = []
    for kind in ("predictions", "feedback"):
        if files[kind]:
            theirs = (
                'SELECT DISTINCT sha256(rows.session), sha256(rows."user") '  # noqa: S608 - our own paths
                f"FROM {table(store, files[kind])} WHERE {_USER} AND rows.session IS NOT NULL"
            )
            sessions += _found(store, "sessions", theirs)
    if files["predictions"]:
        theirs = (
            f'SELECT DISTINCT sha256(rows.id), coalesce(sha256(rows."user"), {_WHOSE}) '  # noqa: S608 - our own paths
            f"FROM {table(store, files['predictions'])} WHERE {THEIRS['predictions']}"
        )
        ids = _found(store, "ids", theirs)
    store.erased.trace(sessions, ids)
    store.erased.remember()


def _found(store: Store, table: str, query: str) -> list[tuple[str, str]]:
    found = store.engine.ask(query)
    names, persons = [name for name, _ in found], [person for _, person in found]
    store.engine.ask(f"INSERT INTO {table} SELECT unnest(?), unnest(?)", [names, persons])
    return [(name, person) for name, person in found]


def table(store: Store, files: Sequence[File]) -> str:
    """The rows of files as a table `rows`, with the names of their files."""
    return f"{stored(map(store.path, files), filename=True)} AS rows"
