"""History as tables: DuckDB over the files that count, and only those.

`measures`, `aggregates` and `summaries` show the newest revision of each thing; `all_measures`,
`all_aggregates` and `all_summaries` every revision that is kept.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from streamgauge.archive.compact import every_row, newest_only
from streamgauge.archive.kind import KINDS, Kind
from streamgauge.archive.ledger import Ledger
from streamgauge.archive.manifest import File
from streamgauge.archive.parquet import Engine, named
from streamgauge.archive.period import Add, Day, Period, Window, roll_up
from streamgauge.contracts.measure import Measure
from streamgauge.settings import InputError, UnavailableError

Table = tuple[list[str], list[tuple[Any, ...]]]
_TRIES = 10
_PAUSE_S = 0.05
_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the archive's times are UTC without a zone


class Reader:
    """An archive that is only read; it may be written to meanwhile, by other processes too."""

    def __init__(self, folder: Path, cold: Path | None = None) -> None:
        self._folder = folder.absolute()
        self._cold = cold.absolute() if cold else None
        self._ledger = Ledger(self._folder)
        if not self._folder.is_dir():
            raise InputError(f"archive.folder: {folder}: no such folder")

    def ask(self, query: str, values: Iterable[Any] = ()) -> Table:
        """The names of a query's columns and its rows; it can change nothing."""
        if not Engine.only_reads(query):
            raise InputError("query: expected one SELECT")
        return self._ask(query, list(values), lambda _: True)

    def rows(
        self,
        kind: str,
        *,
        model: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        every_revision: bool = False,
        maps_as_json: bool = False,
    ) -> list[dict[str, Any]]:
        """Rows of a kind as dictionaries, by time; `until` is exclusive, both are UTC.

        Maps as JSON are texts: whoever reads many rows has them eight times as fast.
        """
        about = KINDS[kind]
        tests: list[str] = []
        values: list[Any] = []
        for test, value in (
            ("model = ?", model),
            (f"{named(about.time)} >= ?", since),
            (f"{named(about.time)} < ?", until),
        ):
            if value is not None:
                tests.append(test)
                values.append(value)
        where = f" WHERE {' AND '.join(tests)}" if tests else ""
        table = f"all_{kind}" if every_revision and about.same else kind

        def may_hold(file: File) -> bool:
            return (
                file.kind == kind
                and (model is None or file.model in {None, model})
                and (since is None or file.last >= ms(since))
                and (until is None or file.first < ms(until))
            )

        names, found = self._ask(
            f"SELECT {_columns(about, maps_as_json)} FROM {table}{where} "  # noqa: S608 - our own names
            f'ORDER BY {named(about.time)}, partition, "offset"',
            values,
            may_hold,
        )
        return [dict(zip(names, row, strict=True)) for row in found]

    def measures(self, *, model: str | None = None, window: str | None = None) -> list[Measure]:
        """The newest revision of every window that was published, as it was on Kafka."""
        kinds = ("measures", "aggregates")
        found = [row for kind in kinds for row in self.rows(kind, model=model)]
        return [measure_of(row) for row in found if window in {None, row["window"]}]

    def periods(self, window: Window, add: Add, model: str | None) -> list[Period]:
        """Weeks or months of every series (of a model), from the exact integers of their days."""
        found = self.rows("summaries", model=model)
        days = [
            Day(row["series"], row["source"], row["start"].date(), row["count"], row["total"])
            for row in found
        ]
        return roll_up(days, window, add)

    def _ask(self, query: str, values: list[Any], may_hold: Callable[[File], bool]) -> Table:
        """Ask the tables as they are now; again if a rewrite deleted one of their files."""
        for _ in range(_TRIES):
            try:
                with self._tables(query, may_hold) as engine:
                    return engine.table(query, values)
            except (duckdb.IOException, FileNotFoundError) as error:
                reason = str(error)
                time.sleep(_PAUSE_S)
            except duckdb.Error as error:
                raise InputError(f"query: {error}") from None
        raise UnavailableError(f"{self._folder}: {reason}")

    @contextmanager
    def _tables(self, query: str, may_hold: Callable[[File], bool]) -> Iterator[Engine]:
        state = self._ledger.state()
        engine = Engine(
            [self._folder, *([self._cold] if self._cold else [])], threads=os.cpu_count() or 1
        )
        try:
            # Making a view opens its files: only those are made that the query speaks of.
            for kind in (kind for kind in KINDS.values() if kind.name in query.lower()):
                files = [file for file in state.files if file.kind == kind.name and may_hold(file)]
                table = every_row(kind, [self._path(file) for file in files])
                every = f"all_{kind.name}" if kind.same else kind.name
                engine.ask(f"CREATE VIEW {every} AS {table}")
                if kind.same:
                    newest = newest_only(kind, f"SELECT * FROM {every}")  # noqa: S608 - our own names
                    engine.ask(f"CREATE VIEW {kind.name} AS {newest}")
            yield engine
        finally:
            engine.close()

    def _path(self, file: File) -> Path:
        if not file.cold:
            return self._folder / file.path
        if self._cold is None:
            raise InputError(f"archive.cold is not set, and {file.path} lies there")
        return self._cold / file.path


def _columns(kind: Kind, maps_as_json: bool) -> str:
    maps = [named(name) for name, kept in kind.columns.items() if kept.startswith("MAP")]
    if not maps or not maps_as_json:
        return "*"
    return f"* REPLACE ({', '.join(f'CAST(to_json({one}) AS VARCHAR) AS {one}' for one in maps)})"


def measure_of(row: dict[str, Any]) -> Measure:
    """A row of `measures` or `aggregates` as it was on Kafka."""
    known = Measure.__struct_fields__
    # Rows of an older version have nothing in a column that came later.
    fields = {name: row[name] for name in known if row.get(name) is not None}
    for name in ("start", "end", "as_of"):
        fields[name] = ms(row[name])
    return Measure(**fields)


def ms(time: datetime) -> int:
    """Milliseconds since 1970 of a time of the archive."""
    return (time - _EPOCH) // _MILLISECOND
