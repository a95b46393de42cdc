"""What the features of each model version look like: grids, sums, extremes, categories, nulls."""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain, compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamgauge.metrics import cardinality, category, gather, grid
from streamgauge.metrics.cap import OTHER, Family, Key, Rule, rank
from streamgauge.metrics.category import Counts
from streamgauge.metrics.column import NAME_LENGTH, Floats, Ints
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
    return None if key[-1] == OTHER else Family("\0".join(key[:-1]), FEATURES)


def _overflow(key: Key) -> Key:
    return (*key[:-1], OTHER) if key[-1] != OTHER else _rest(key)


def _rest(key: Key) -> Key:
    return (OTHER, OTHER, *key[2:-1], OTHER)


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
}
FINE = _SMALL | {
    "grid": Column(np.uint32, grid.CELLS),
    "registers": Column(np.uint8, cardinality.REGISTERS, np.maximum),
}
COARSE = _SMALL | {"grid": Column(np.uint32, grid.COARSE)}


class ProfileTable(Table):
    """A row for each (model, version, feature); fine for hours and days, coarse for minutes.

    There is one for each (model, version, dimension, value, feature) too, where somebody counts
    those. Where there are too many rows, whole segments go, then whole model versions, and count
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

    def count(self, series: Sequence[Key], code: Ints, features: list[Features]) -> None:
        """Count the features of events; `code` says which of the series each event is of."""
        of, layouts = gather.layouts(features)
        for number, names in enumerate(layouts):
            if not names:
                continue
            if len(layouts) == 1:
                self._count(series, code, names, features)
            else:
                places = np.flatnonzero(of == number)
                some = [features[place] for place in places.tolist()]
                self._count(series, code[places], names, some)

    def _count(
        self,
        series: Sequence[Key],
        code: Ints,
        names: tuple[str, ...],
        features: list[Features],
    ) -> None:
        """Count events that all have the same features in the same order."""
        used, of = np.unique(code, return_inverse=True)
        keys = [(*series[one], name) for one in used.tolist() for name in names]
        places = self.place(keys)
        if gather.kernel is not None and self.fine:
            columns = map(self.flat, ("stats", "low", "high", "grid", "registers"))
            texts = gather.kernel.profile(features, names, of, places, *columns)
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
        if not known.all():
            numbers, rows = numbers[known], rows[known]
        self._add_numbers(numbers, rows)

    def _add_numbers(self, numbers: Floats, rows: Ints) -> None:
        # Zero has two signs, and which one is the extreme would depend on order.
        numbers = numbers + 0.0
        at = self.flat("stats")
        cells = rows * 5
        whole = np.rint(np.clip(numbers, -_LIMIT, _LIMIT) * SCALE).astype(np.int64)
        np.add.at(at, cells + KNOWN, np.int64(1))
        np.add.at(at, cells + HIGH, whole >> 26)
        np.add.at(at, cells + LOW, whole & (HALF - 1))
        np.add.at(self.flat("grid"), rows * grid.CELLS + grid.cell(numbers), _ONE)
        np.minimum.at(self.flat("low"), rows, numbers)
        np.maximum.at(self.flat("high"), rows, numbers)
        place, rho = cardinality.registers(numbers)
        held = self.flat("registers")
        place += rows * cardinality.REGISTERS
        # After the first minute hardly a value says anything new.
        news = rho > held[place]
        np.maximum.at(held, place[news], rho[news])

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


def counts(profile: ProfileTable) -> dict[Key, int]:
    """How many feature values of each series were seen, nulls included."""
    found: dict[Key, int] = {}
    seen = profile.column("stats")[:, :3].sum(axis=1).tolist()
    for key, row in profile.rows.items():
        found[key[:-1]] = found.get(key[:-1], 0) + int(seen[row])
    return found


def values(profile: ProfileTable) -> dict[Key, dict[str, float]]:
    """What is known of the features of each series, keyed as Prometheus prints samples."""
    told: dict[Key, dict[str, float]] = {}
    arrays: dict[str, NDArray[Any]] = {name: profile.column(name) for name in profile.columns}
    for key, row in sorted(profile.rows.items()):
        feature = key[-1]
        one = told.setdefault(key[:-1], {})
        label = f'{{feature="{category.escape(feature)}"}}'
        stats = [int(cell) for cell in arrays["stats"][row]]
        seen = sum(stats[:3])
        if not seen:
            continue
        one[f"feature_count{label}"] = float(seen)
        one[f"feature_null_ratio{label}"] = stats[NULL] / seen
        if stats[KNOWN]:
            total = stats[HIGH] * HALF + stats[LOW]
            one[f"feature_mean{label}"] = total / SCALE / stats[KNOWN]
            one[f"feature_min{label}"] = float(arrays["low"][row, 0])
            one[f"feature_max{label}"] = float(arrays["high"][row, 0])
            if profile.fine:
                one |= _fine(feature, arrays["grid"][row], arrays["registers"][row])
        counts = profile.categories.get(key, {})
        for name, count in sorted(category.cap(counts).items()):
            both = f'feature="{category.escape(feature)}",category="{category.escape(name)}"'
            one[f"feature_category_ratio{{{both}}}"] = count / seen
    return told


def _fine(feature: str, cells: NDArray[np.uint32], held: NDArray[np.uint8]) -> dict[str, float]:
    name = category.escape(feature)
    told = {f'feature_cardinality{{feature="{name}"}}': cardinality.estimate(held)}
    reached = np.cumsum(cells)
    for share in (0.05, 0.5, 0.95):
        rank = max(int(np.ceil(share * int(reached[-1]))), 1)
        middle = float(grid.MIDDLE[int(np.searchsorted(reached, rank))])
        told[f'feature_value{{feature="{name}",quantile="{share}"}}'] = middle
    return told
