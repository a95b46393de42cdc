"""Rows of a CSV, JSON Lines or Parquet file, streamed through DuckDB; errors name places."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from streamgauge.settings import InputError

BATCH: Final = 2_000
# A text column is numbers with mistakes in it if this share of its first cells are numbers.
MOSTLY: Final = 0.5
SAMPLED: Final = 10_000
_READERS = {
    ".csv": "read_csv(?, header = true{types})",
    ".jsonl": "read_json(?, format = 'newline_delimited', convert_strings_to_integers = false)",
    ".parquet": "read_parquet(?)",
}
_SAME = {".tsv": ".csv", ".ndjson": ".jsonl", ".json": ".jsonl"}


class Table:
    """One file: its columns, and its rows in order."""

    def __init__(self, path: Path) -> None:
        import duckdb

        if not path.is_file():
            raise InputError(f"{path}: no such file")
        suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
        kind = suffixes[-1] if suffixes else ""
        self._kind = _SAME.get(kind, kind)
        if self._kind not in _READERS:
            raise InputError(f"{path}: expected a name that ends in .csv, .jsonl or .parquet")
        self._path = path
        self._duck = duckdb.connect(":memory:", config={"threads": 1})
        self._error = duckdb.Error
        self._types: dict[str, str] = {}
        if path.stat().st_size == 0:
            raise InputError(f"{path}: empty file; expected rows")
        self.columns = self._columns()

    def require(self, option: str, names: Sequence[str]) -> None:
        """Each name is a column, or an `InputError` says which there are."""
        for name in names:
            if name not in self.columns:
                known = ", ".join(self.columns)
                raise InputError(
                    f"{self._path}:1: no column {name!r} ({option}); expected of {known}"
                )

    def expect_numbers(self, names: Sequence[str]) -> None:
        """Read these columns as numbers where most of their cells are: text in them is an error."""
        if self._kind != ".csv":
            return
        for name in names:
            if self.columns[name] != "VARCHAR":
                continue
            quoted = _quoted(name)
            row = self._one(
                f"SELECT count({quoted}), count(try_cast({quoted} AS DOUBLE)) "  # noqa: S608  # quoted
                f"FROM (SELECT {quoted} FROM {self._source()} LIMIT {SAMPLED})"
            )
            if row[0] and row[1] / row[0] >= MOSTLY:
                self._types[name] = "DOUBLE"

    def expect_times(self, name: str) -> None:
        """Read this column as moments: text that is none is an error that names its line."""
        if self._kind == ".csv" and self.columns[name] == "VARCHAR":
            self._types[name] = "TIMESTAMPTZ"

    def rows(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Each row with its line in the file (Parquet: its number), from the first."""
        try:
            cursor = self._duck.execute(self._select(), [str(self._path)])
            names = [column[0] for column in cursor.description or []]
            line = 0 if self._kind != ".csv" else 1
            while batch := cursor.fetchmany(BATCH):
                for values in batch:
                    line += 1
                    yield line, self._cells(dict(zip(names, values, strict=True)))
                    # A quoted cell may hold line ends of its own.
                    line += sum(v.count("\n") for v in values if isinstance(v, str) and "\n" in v)
        except self._error as error:
            raise self._told(error) from None

    def close(self) -> None:
        """Let go of the file."""
        self._duck.close()

    def _cells(self, row: dict[str, Any]) -> dict[str, Any]:
        """DuckDB hands out columns of mixed kinds as JSON text."""
        for name, kind in self.columns.items():
            if kind == "JSON" and row[name] is not None:
                row[name] = msgspec.json.decode(row[name])
        return row

    def _select(self) -> str:
        """All columns; moments as seconds since 1970, for DuckDB wants pytz to hand out others."""
        kinds = self.columns | self._types
        moments = [name for name, kind in kinds.items() if kind.startswith(("TIMESTAMP", "DATE"))]
        listed = ", ".join(f"epoch({_quoted(name)}) AS {_quoted(name)}" for name in moments)
        return f"SELECT * {f'REPLACE ({listed})' if listed else ''} FROM {self._source()}"  # noqa: S608  # quoted

    def _columns(self) -> dict[str, str]:
        try:
            self._duck.execute(f"DESCRIBE SELECT * FROM {self._source()}", [str(self._path)])  # noqa: S608  # fixed text
            return {str(row[0]): str(row[1]) for row in self._duck.fetchall()}
        except self._error as error:
            raise self._told(error) from None

    def _one(self, query: str) -> tuple[int, int]:
        try:
            row = self._duck.execute(query, [str(self._path)]).fetchone()
        except self._error as error:
            raise self._told(error) from None
        assert row
        return int(row[0]), int(row[1])

    def _source(self) -> str:
        types = ", ".join(f"{_text(name)}: {_text(kind)}" for name, kind in self._types.items())
        return _READERS[self._kind].replace("{types}", f", types = {{{types}}}" if types else "")

    def _told(self, error: Exception) -> InputError:
        """DuckDB's words, shortened to file, line, column and what was expected."""
        text = str(error)
        line = re.search(r"on Line: (\d+)|in line (\d+)", text, re.IGNORECASE)
        place = f"{self._path}:{next(n for n in line.groups() if n)}" if line else str(self._path)
        if "Malformed JSON" in text and (number := self._malformed()):
            return InputError(f"{self._path}:{number}: expected a JSON object on each line")
        wrong = re.search(
            r'column "(.+?)"\. Could not convert string "(.*?)" to \'(\w+)', text, re.DOTALL
        )
        if wrong:
            kind = "a time" if wrong[3].startswith("TIMESTAMP") else "a number"
            return InputError(f"{place}: column {wrong[1]}: expected {kind}, got {wrong[2]!r}")
        return InputError(f"{place}: {text.splitlines()[0]}")

    def _malformed(self) -> int | None:
        """The first line that is no JSON: DuckDB sometimes names the one after it."""
        with self._path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    msgspec.json.decode(line or b"{}")
                except (msgspec.DecodeError, UnicodeDecodeError):
                    return number
        return None


def seconds(value: object, place: str) -> float:
    """A moment as seconds since 1970; numbers are seconds, from 1e11 on milliseconds.

    >>> seconds("2022-03-20T11:00:00+01:00", "f:2"), seconds(1_700_000_000_000, "f:2")
    (1647770400.0, 1700000000.0)
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise InputError(f"{place}: expected a time, got {value!r}") from None
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if abs(value) < 1e11 else value / 1000
    raise InputError(f"{place}: expected a time, got {'nothing' if value is None else value!r}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
