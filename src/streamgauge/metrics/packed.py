"""Rows of tables as bytes: most of their numbers are zero and stay out."""

from collections.abc import Mapping, Sequence
from typing import Any

import cramjam
import msgspec
import numpy as np
from numpy.typing import NDArray

from streamgauge.metrics.cap import Key
from streamgauge.metrics.category import Counts
from streamgauge.metrics.profile import ADDED, COARSE, FINE, NOBODY, ProfileTable
from streamgauge.metrics.sample import Draw, Drawn
from streamgauge.metrics.series_table import SeriesTable
from streamgauge.metrics.table import Column

# How the names of figures begin that settings define.
OWN = "business_"
_WHOLE = (np.uint8, np.uint16, np.uint32, np.int64)


class UnknownCellsError(Exception):
    """Rows of a newer version, with numbers whose meaning is not known here."""


class Sparse(msgspec.Struct, array_like=True, gc=False):
    """The numbers of a column that are not what it is filled with.

    `gaps` are the distances between their places, `numbers` themselves; `kinds` says as what numpy
    types (both little endian).
    """

    gaps: bytes
    numbers: bytes
    kinds: tuple[str, str]


class TablePart(msgspec.Struct, array_like=True, gc=False):
    """Rows of a table. `signature` says what the cells of a series mean: metrics and widths.

    `bound` is the rank from which on features have no rows of their own, "" where all have.
    """

    keys: list[Key]
    columns: dict[str, Sparse]
    signature: dict[str, int] = {}
    names: dict[int, dict[str, Counts]] = {}
    drawn: dict[int, list[Drawn]] = {}
    bound: str = ""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(TablePart)


def encode_rows(table: SeriesTable, keys: Sequence[Key]) -> bytes:
    """Some series of a table, for who adds days up: the same bytes for the same sums."""
    some = SeriesTable(table.layout, table.rule)
    rows = some.place(list(keys))
    # How the stream was cut shows in the limits of draws and in the order of names.
    for name in some.columns.keys() - {"limit"}:
        some.add_rows(name, rows, table.column(name)[[table.rows[key] for key in keys]])
    for key in keys:
        names = table.names.get(key, {})
        some.add_names(key, {name: dict(sorted(names[name].items())) for name in sorted(names)})
    return bytes(cramjam.zstd.compress(_encoder.encode(write_rows(some, some.keys, 0, len(some)))))


def encode_profile(profile: ProfileTable, keys: Sequence[Key]) -> bytes:
    """Some features of a table, for detectors: the same bytes for the same sums."""
    some = ProfileTable(fine=profile.fine)
    some.lower(profile.bound)
    rows = some.place(list(keys))
    chosen = [profile.rows[key] for key in keys]
    for name in some.columns:
        some.add_rows(name, rows, profile.column(name)[chosen])
    for key in keys:
        if counts := profile.categories.get(key):
            some.add_categories(key, dict(sorted(counts.items())))
    return bytes(cramjam.zstd.compress(_encoder.encode(write_rows(some, some.keys, 0, len(some)))))


def decode_rows(written: bytes) -> TablePart:
    """What `encode_rows` or `encode_profile` has written, for `read_rows`."""
    return _decoder.decode(bytes(cramjam.zstd.decompress(written)))


def write_rows(
    table: SeriesTable | ProfileTable, keys: Sequence[Key], begin: int, end: int
) -> TablePart:
    part = TablePart(
        list(keys[begin:end]),
        {
            name: sparse(table.column(name)[begin:end].reshape(-1), column.fill)
            for name, column in table.columns.items()
        },
    )
    chosen = list(enumerate(keys[begin:end]))
    if isinstance(table, SeriesTable):
        part.signature = table.layout.signature
        part.names = {row: table.names[key] for row, key in chosen if key in table.names}
        part.drawn = {row: table.draws[key].drawn() for row, key in chosen if key in table.draws}
    else:
        categories = table.categories
        part.names = {row: {"": categories[key]} for row, key in chosen if key in categories}
        part.bound = str(table.bound) if table.bound < NOBODY else ""
    return part


def read_rows(part: TablePart, table: SeriesTable | ProfileTable, *, strict: bool = True) -> None:
    if isinstance(table, ProfileTable) and part.bound:
        table.lower(int(part.bound))
    rows = table.place(part.keys)
    _check_columns(part, table.columns)
    for name, written in part.columns.items():
        column = table.columns[name]
        places, numbers = dense(written)
        width = column.width
        if name == "cells" and isinstance(table, SeriesTable):
            width = sum(part.signature.values())
            cells = table.layout.remap(places % width, part.signature)
            if strict and not (cells >= 0).all():
                _refuse_strange(part.signature, table)
        else:
            cells = places % width
        places = rows[places // width] * column.width + cells
        places, numbers = places[cells >= 0], numbers[cells >= 0]
        column.merge.at(table.flat(name), places, numbers.astype(column.dtype))
    if isinstance(table, SeriesTable):
        for row, names in part.names.items():
            table.add_names(table.home(part.keys[row]), names)
        for row, drawn in part.drawn.items():
            table.add_draw(table.home(part.keys[row]), Draw.of(drawn))
    else:
        for row, names in part.names.items():
            table.add_categories(table.home(part.keys[row]), names[""])


def read_columns(part: TablePart) -> dict[str, NDArray[Any]]:
    """The numbers of a profile's rows by column, in the order of its keys.

    Raises `UnknownCellsError` where a newer version has written other columns.
    """
    columns = FINE if "registers" in part.columns else COARSE
    _check_columns(part, columns)
    found: dict[str, NDArray[Any]] = {}
    for name, column in columns.items():
        held = np.full(len(part.keys) * column.width, column.fill, column.dtype)
        if name in part.columns:
            places, numbers = dense(part.columns[name])
            held[places] = numbers
        found[name] = held.reshape(len(part.keys), column.width)
    return found


def _check_columns(part: TablePart, columns: Mapping[str, Column]) -> None:
    """Stop at columns that are not known; those that were added since may be missing."""
    missing = ADDED - part.columns.keys()
    if strange := sorted(part.columns.keys() ^ (columns.keys() - missing)):
        raise UnknownCellsError(f"a table with other columns: {', '.join(strange)}")


def _refuse_strange(signature: Mapping[str, int], table: SeriesTable) -> None:
    """Stop at metrics that are not known here, but for figures that settings no longer define."""
    here = table.layout.signature
    strange = [
        name
        for name, width in signature.items()
        if here.get(name) != width and not name.startswith(OWN)
    ]
    if strange:
        raise UnknownCellsError(f"cells of {', '.join(strange)}")


def sparse(flat: NDArray[Any], fill: float) -> Sparse:
    """The numbers of a line that are not `fill`.

    >>> places, numbers = dense(sparse(np.array([0, 0, 7, 0, 300]), 0))
    >>> places.tolist(), numbers.tolist()
    ([2, 4], [7, 300])
    """
    places = np.flatnonzero(flat != fill)
    gaps = _narrow(np.diff(places, prepend=0))
    numbers = flat[places]
    if numbers.dtype.kind in "iu":
        numbers = _narrow(numbers)
    return Sparse(gaps.tobytes(), numbers.tobytes(), (gaps.dtype.str[1:], numbers.dtype.str[1:]))


def dense(written: Sparse) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Places and numbers of a line."""
    gaps, numbers = (np.dtype("<" + kind) for kind in written.kinds)
    places = np.cumsum(np.frombuffer(written.gaps, gaps), dtype=np.int64)
    return places, np.frombuffer(written.numbers, numbers)


def _narrow(numbers: NDArray[Any]) -> NDArray[Any]:
    """The same whole numbers in as few bytes as they need."""
    if not len(numbers):
        return numbers.astype(np.uint8)
    low, high = int(numbers.min()), int(numbers.max())
    for kind in _WHOLE:
        if low >= np.iinfo(kind).min and high <= np.iinfo(kind).max:
            return numbers.astype(np.dtype(kind).newbyteorder("<"))
    raise AssertionError("int64 holds every number of ours")
