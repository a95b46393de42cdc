"""What the features of each model version look like: grids, sums, extremes, categories, nulls."""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain, compress
from typing import Any

import numpy as np

from streamgauge.metrics import cardinality, category, feature_name, frozen_grid, gather, grid
from streamgauge.metrics.cap import OTHER, Family, Key, Rule, rank
from streamgauge.metrics.category import Counts
from streamgauge.metrics.column import NAME_LENGTH, Floats, Ints
from streamgauge.metrics.feature_name import OTHER_FROZEN
from streamgauge.metrics.schema import Schema, lay, read_line
from streamgauge.metrics.table import Column, Table

FEATURES = 512
# A feature takes some 4 KB where it is fine: 34 MB, whoever makes names up.
ROWS = 8_192
# Cells of "stats". The sum is in millionths, in two halves: neither overflows in a day.
KNOWN, NULL, TEXT, HIGH, LOW = range(5)
SCALE = 1e6
HALF = 2**26
# Beyond this a millionth is less than a double can tell.
_LIMIT = 1e9
_ONE = np.uint32(1)
Features = dict[str, float | str | None]


def _family(key: Key) -> Family | None:
    if key[0] == OTHER:
        return None if key == _rest(key) else Family(OTHER, 0)
    if key[-1] in _OTHERS:
        return None
    # The features of a schema have places of their own: no stranger's name may take them.
    return Family("\0".join((*key[:-1], feature_name.split(key[-1])[1])), FEATURES)


def _overflow(key: Key) -> Key:
    return (*key[:-1], _other(key)) if key[-1] not in _OTHERS else _rest(key)


def _rest(key: Key) -> Key:
    return (OTHER, OTHER, *key[2:-1], _other(key))


def _other(key: Key) -> str:
    return OTHER_FROZEN if feature_name.is_frozen(key[-1]) else OTHER


_OTHERS = (OTHER, OTHER_FROZEN)


RULE = Rule(_family, _overflow)
_MODEL = 3
_AFTER_MODELS = 2**64
NOBODY = 2**65


@lru_cache(ROWS)
def _rank_of(series: Key) -> int:
    return rank("\0".join(series)) + (_AFTER_MODELS if len(series) >= _MODEL else 0)


def _rank(key: Key) -> int:
    return -1 if key[0] == OTHER else _rank_of(key[:-1])


_SMALL = {
    "stats": Column(np.int64, 5),
    "low": Column(np.float64, 1, np.minimum, np.inf),
    "high": Column(np.float64, 1, np.maximum, -np.inf),
    # Numbers that the schema does not allow.
    "out": Column(np.int64, 1),
}
# Columns that rows of older versions do not have.
ADDED = frozenset({"out"})
FINE = _SMALL | {
    "grid": Column(np.uint32, grid.CELLS),
    "registers": Column(np.uint8, cardinality.REGISTERS, np.maximum),
}
COARSE = _SMALL | {"grid": Column(np.uint32, grid.COARSE)}


class ProfileTable(Table):
    """A row for each (model, version, feature); fine for hours and days, coarse for minutes.

    There is one for each (model, version, dimension, value, feature) too, where somebody counts
    those. Features with a frozen grid have a row that is called after both (see `feature_name`).
    Where there are too many rows, whole segments go, then whole model versions, and count
    together: those whose names have the largest ranks, so it does not depend on order (see
    `cap.rank`).
    """

    def __init__(self, *, fine: bool) -> None:
        super().__init__(FINE if fine else COARSE, RULE)
        self.fine = fine
        self.categories: dict[Key, Counts] = {}
        # Segments and model versions from this rank on have no rows of their own.
        self.bound = NOBODY

    def _admit(self, key: Key) -> None:
        if _rank(key) >= self.bound:
            super()._admit(_rest(key))
            return
        super()._admit(key)
        while len(self.rows) > ROWS and (worst := max(map(_rank, self.rows))) >= 0:
            self.lower(worst)

    def lower(self, bound: int) -> None:
        """Let nobody from this rank on have rows: where one part of a sum had no room, none has."""
        if bound >= self.bound:
            return
        self.bound = bound
        gone: dict[Key, list[Key]] = {}
        for key in self.rows:
            if _rank(key) >= bound:
                gone.setdefault(_rest(key), []).append(key)
        for rest, keys in gone.items():
            # The rest goes last: what is moved there may need it.
            self._expel(keys, rest)

    def add(self, other: Table) -> None:
        """Add another profile; a coarse one takes a fine one too."""
        assert isinstance(other, ProfileTable)
        if not len(other):
            return
        self.lower(other.bound)
        rows = self.place(other.keys)
        for name in self.columns:
            numbers = other.column(name)
            if name == "grid" and other.fine and not self.fine:
                numbers = grid.coarse(numbers)
            self.add_rows(name, rows, numbers)
        for key, counts in other.categories.items():
            self.add_categories(self.home(key), counts)

    def add_categories(self, key: Key, counts: Counts) -> None:
        """Count categories of a feature that has a row."""
        self.categories[key] = category.merge(self.categories.get(key, {}), counts)

    def forget_known(self, known: "ProfileTable") -> None:
        """Drop what `known` holds of registers: who adds both gets the same without it."""
        both = [key for key in self.rows if key in known.rows]
        mine = np.array([self.rows[key] for key in both], np.int64)
        theirs = np.array([known.rows[key] for key in both], np.int64)
        registers = self.column("registers")
        held = registers[mine]
        held[held <= known.column("registers")[theirs]] = 0
        registers[mine] = held

    def moved(self, gone: Key, to: Key) -> None:
        if (counts := self.categories.pop(gone, None)) is not None:
            self.add_categories(to, counts)

    def count(
        self,
        series: Sequence[Key],
        code: Ints,
        features: list[Features],
        schemas: Sequence[Schema | None] = (),
    ) -> None:
        """Count the features of events; `code` says which of the series each event is of.

        `schemas` says for each series on what grids, none where that is the same for all.
        """
        of, layouts = gather.layouts(features)
        for number, names in enumerate(layouts):
            if not names:
                continue
            if len(layouts) == 1:
                self._count(series, code, names, features, schemas)
            else:
                places = np.flatnonzero(of == number)
                some = [features[place] for place in places.tolist()]
                self._count(series, code[places], names, some, schemas)

    def _count(
        self,
        series: Sequence[Key],
        code: Ints,
        names: tuple[str, ...],
        features: list[Features],
        schemas: Sequence[Schema | None],
    ) -> None:
        """Count events that all have the same features in the same order."""
        used, of = np.unique(code, return_inverse=True)
        many = used.tolist()
        rows_of, line, lines = lay([schemas[one] for one in many] if schemas else (), names)
        keys = [
            (*series[one], name)
            for one, rows in zip(many, rows_of or [names] * len(many), strict=True)
            for name in rows
        ]
        places = self.place(keys)
        if gather.kernel is not None and self.fine:
            columns = map(self.flat, ("stats", "low", "high", "grid", "registers", "out"))
            texts = gather.kernel.profile(
                features, names, of, places, line, lines.reshape(-1), *columns
            )
            if texts is not None:
                self._add_texts(texts)
                return
        rows = places.reshape(len(used), len(names))[of].reshape(-1)
        values = list(chain.from_iterable(map(dict.values, features)))
        try:
            numbers = np.frombuffer(array("d", values))  # type: ignore[type-var]  # a text raises
        except TypeError:
            numbers = self._sort_out(values, rows)
        known = np.isfinite(numbers)
        # Zero has two signs, and which one is the extreme would depend on order.
        numbers, rows = numbers[known] + 0.0, rows[known]
        self._add_numbers(numbers, rows)
        if not len(line):
            self._add_cells(rows, grid.cell(numbers))
            return
        by = line.reshape(len(used), len(names))[of].reshape(-1)[known]
        for one in np.unique(by).tolist():
            chosen = by == one
            if one < 0:
                self._add_cells(rows[chosen], grid.cell(numbers[chosen]))
            else:
                self._add_frozen(rows[chosen], numbers[chosen], lines[one])

    def _add_numbers(self, numbers: Floats, rows: Ints) -> None:
        at = self.flat("stats")
        cells = rows * 5
        whole = np.rint(np.clip(numbers, -_LIMIT, _LIMIT) * SCALE).astype(np.int64)
        np.add.at(at, cells + KNOWN, np.int64(1))
        np.add.at(at, cells + HIGH, whole >> 26)
        np.add.at(at, cells + LOW, whole & (HALF - 1))
        np.minimum.at(self.flat("low"), rows, numbers)
        np.maximum.at(self.flat("high"), rows, numbers)
        place, rho = cardinality.registers(numbers)
        held = self.flat("registers")
        place += rows * cardinality.REGISTERS
        # After the first minute hardly a value says anything new.
        news = rho > held[place]
        np.maximum.at(held, place[news], rho[news])

    def _add_cells(self, rows: Ints, cells: Ints) -> None:
        np.add.at(self.flat("grid"), rows * grid.CELLS + cells, _ONE)

    def _add_frozen(self, rows: Ints, numbers: Floats, line: Floats) -> None:
        plan, (least, most) = read_line(line)
        self._add_cells(rows, frozen_grid.cell(plan, numbers))
        out = (numbers < least) | (numbers > most)
        np.add.at(self.flat("out"), rows[out], np.int64(1))

    def _sort_out(self, values: Sequence[float | str | None], rows: Ints) -> Floats:
        """Count nulls and texts; the numbers that remain, NaN where there is none."""
        kinds = list(map(type, values))
        stats = self.flat("stats")
        null = np.fromiter((kind is type(None) for kind in kinds), np.bool_, len(kinds))
        np.add.at(stats, rows[null] * 5 + NULL, np.int64(1))
        if str not in kinds:
            return np.fromiter(values, np.float64, len(values))
        text = np.fromiter((kind is str for kind in kinds), np.bool_, len(kinds))
        np.add.at(stats, rows[text] * 5 + TEXT, np.int64(1))
        self._add_texts(zip(rows[text].tolist(), compress(values, text.tolist()), strict=True))
        return np.array([value if type(value) is float else np.nan for value in values], np.float64)

    def _add_texts(self, texts: Iterable[tuple[int, Any]]) -> None:
        """Count categories by the row of their feature."""
        found: dict[int, Counts] = {}
        for (row, name), count in Counter(texts).items():
            counts = found.setdefault(row, {})
            cut = name[:NAME_LENGTH]
            counts[cut] = counts.get(cut, 0) + count
        keys = self.keys if found else []
        for row, counts in found.items():
            self.add_categories(keys[row], counts)
