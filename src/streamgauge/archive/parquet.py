"""Rows to Parquet files and back through DuckDB, which is given no more than it needs."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from streamgauge.archive.kind import Kind

# A line is at most a record of 8 MB, as JSON again.
_LARGEST_LINE = 64 << 20
_FORMAT = "FORMAT parquet, COMPRESSION zstd"
# What DuckDB raises for numbers that are beyond 64 bits and times beyond its calendar.
UNFIT = (duckdb.ConversionException, duckdb.InvalidInputException, duckdb.OutOfRangeException)


class Engine:
    """DuckDB on one thread, reading and writing below the given folders and nowhere else."""

    def __init__(
        self,
        folders: Sequence[Path],
        memory_mb: int = 1_024,
        *,
        threads: int = 1,
        spill: Path | None = None,
    ) -> None:
        self._database = duckdb.connect(":memory:")
        # What does not fit the memory goes there, by default to where the system keeps such files.
        self._own = None if spill else TemporaryDirectory(prefix="streamgauge-")
        spill = Path(self._own.name) if self._own else spill
        for name, value in {
            "threads": str(threads),
            "memory_limit": f"'{memory_mb}MB'",
            "temp_directory": quoted(spill),
            "allowed_directories": f"[{', '.join(quoted(folder) for folder in folders)}]",
            "TimeZone": "'UTC'",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "enable_external_access": "false",
            "lock_configuration": "true",
        }.items():
            self._database.execute(f"SET {name} = {value}")

    def close(self) -> None:
        """Let go of the memory."""
        self._database.close()
        if self._own:
            self._own.cleanup()

    def write_rows(self, kind: Kind, lines: Path, out: Path) -> None:
        """A Parquet file from lines of JSON; `UNFIT` where a value does not fit its column."""
        columns = kind.all_columns()
        read = ", ".join(f"{quoted(name)}: {quoted(_wire(of))}" for name, of in columns.items())
        chosen = ", ".join(_column(kind, name, of) for name, of in columns.items())
        self._database.execute(
            f"COPY (SELECT {chosen} FROM read_json({quoted(lines)}, "  # noqa: S608 - our own names
            f"format = 'newline_delimited', columns = {{{read}}}, "
            f"maximum_object_size = {_LARGEST_LINE})) TO {quoted(out)} ({_FORMAT})"
        )

    def write_query(self, query: str, out: Path) -> int:
        """A Parquet file from a query; how many rows it has."""
        told = self._database.execute(f"COPY ({query}) TO {quoted(out)} ({_FORMAT})").fetchone()
        return int(told[0]) if told else 0

    @staticmethod
    def only_reads(query: str) -> bool:
        """Whether a text is one SELECT; also one that is no SQL passes, and fails when it is asked.

        >>> queries = "FROM t", "SELECT 1; DROP TABLE t", "COPY t TO 'f'"
        >>> [Engine.only_reads(query) for query in queries]
        [True, False, False]
        """
        try:
            statements = duckdb.extract_statements(query)
        except duckdb.Error:
            return True
        return [one.type for one in statements] == [duckdb.StatementType.SELECT]

    def ask(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self._database.execute(query, values or None).fetchall()

    def table(self, query: str, values: Sequence[Any] = ()) -> tuple[list[str], list[Any]]:
        """The names of a query's columns, and its rows."""
        told = self._database.execute(query, values or None)
        return [column[0] for column in told.description or ()], told.fetchall()


def stored(paths: Iterable[Path], *, filename: bool = False) -> str:
    """The rows of files as a table, by the names of their columns.

    What stands in the names of folders is not read: the rows know better.

    >>> stored([Path("/a")])
    "read_parquet(['/a'], union_by_name = true, hive_partitioning = false, filename = false)"
    """
    listed = ", ".join(map(quoted, paths))
    options = f"hive_partitioning = false, filename = {str(filename).lower()}"
    return f"read_parquet([{listed}], union_by_name = true, {options})"


def quoted(value: object) -> str:
    """A value as an SQL text.

    >>> quoted("it's")
    "'it''s'"
    """
    return "'" + str(value).replace("'", "''") + "'"


def named(name: str) -> str:
    """A name as SQL has it.

    >>> named("end")
    '"end"'
    """
    return '"' + name.replace('"', '""') + '"'


def _wire(of: str) -> str:
    """How a column stands in our JSON: times are milliseconds, bytes are base64."""
    return {"TIMESTAMP": "BIGINT", "BLOB": "VARCHAR"}.get(of, of)


def _column(kind: Kind, name: str, of: str) -> str:
    read = named(name)
    if of == "TIMESTAMP":
        read = f"epoch_ms({read})"
    elif of == "BLOB":
        read = f"from_base64({read})"
    default = kind.defaults.get(name)
    return (
        f"coalesce({read}, {default}) AS {named(name)}" if default else f"{read} AS {named(name)}"
    )
