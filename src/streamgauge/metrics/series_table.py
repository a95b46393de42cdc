"""The sums of series: cells of their metrics, names, a drawn sample, the newest event time."""

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from streamgauge.metrics import category, gather
from streamgauge.metrics.cap import OTHER, Family, Key, Rule, rank
from streamgauge.metrics.category import Counts
from streamgauge.metrics.column import Ints
from streamgauge.metrics.layout import Added, Layout
from streamgauge.metrics.sample import Draw
from streamgauge.metrics.table import Column, Table

# A model's version takes some 50 KB, a value of a dimension some 20.
MODELS = 500
# Of each dimension of a model's version, and of all of them together.
VALUES = 1_000
PLACES = 4_096
_NOBODY = 2**32
_AFTER_DECLARED = 2**64
_ONE = np.int64(1)


def rule(declared: Mapping[str, tuple[str, ...]] | None = None) -> Rule:
    """How series are bounded: (model, version), and (model, version, dimension, value).

    (model, version, purpose) is of predictions that answer nobody.

    A value that has no place counts as `__other__` of its model, a model as `__other__`. Values
    that the settings declare compete with each other only, and come first.
    """
    known = _Declared(declared or {})

    def family(key: Key) -> Family | None:
        return _declared_family(key) if key in known else _family(key)

    return Rule(family, _overflow, known, PLACES)


class _Declared(Container[Key]):
    """The keys whose dimension value is declared."""

    def __init__(self, values: Mapping[str, tuple[str, ...]]) -> None:
        self._values = values

    def __contains__(self, key: object) -> bool:
        return (
            isinstance(key, tuple)
            and len(key) == 4
            and key[0] != OTHER != key[3]
            and key[3] in self._values.get(key[2], ())
        )


@lru_cache(PLACES)
def _order(name: str) -> int:
    return rank(name)


def _declared_family(key: Key) -> Family:
    name = "\0".join(("declared", *key[:3]))
    return Family(name, VALUES, _order(name))


def _family(key: Key) -> Family | None:
    if key[0] == OTHER:
        # A stranger's model of this name, in any version, is the rest.
        return None if key == _rest(key) else Family(OTHER, 0)
    if len(key) <= 3:
        return Family("model", MODELS)
    if key[3] == OTHER:
        return Family(f"rest of {key[2]}", MODELS)
    name = "\0".join(("value", *key[:3]))
    return Family(name, VALUES, _order(name) + _AFTER_DECLARED)


def _overflow(key: Key) -> Key:
    own = len(key) == 4 and key[0] != OTHER and key[3] != OTHER
    return (*key[:3], OTHER) if own else _rest(key)


def _rest(key: Key) -> Key:
    rest = (OTHER, OTHER, *key[2:3])
    return (*rest, OTHER) if len(key) == 4 else rest


class SeriesTable(Table):
    """A table of the cells of one layout."""

    def __init__(self, layout: Layout[Any], bound: Rule) -> None:
        super().__init__(
            {
                "cells": Column(np.int64, layout.width),
                # How many rows of batches were added: it grows where corrections leave sums equal.
                "events": Column(np.int64, 1),
                "as_of": Column(np.int64, 1, np.maximum),
                # The hash above which nobody enters the draw.
                "limit": Column(np.int64, 1, np.minimum, _NOBODY),
            },
            bound,
        )
        self.layout = layout
        self.names: dict[Key, dict[str, Counts]] = {}
        self.draws: dict[Key, Draw] = {}

    def mark(self, rows: Ints, added: Added) -> None:
        """Add what the events of a batch add; `rows` says in which row each event counts."""
        cells, events = self.flat("cells"), self.flat("events")
        if gather.kernel is not None:
            gather.kernel.mark(cells, self.layout.width, rows, *added, events)
            return
        flat = rows[added.place] * self.layout.width + added.cell
        ones = len(flat) - len(added.amount)
        np.add.at(cells, flat[:ones], _ONE)
        np.add.at(cells, flat[ones:], added.amount)
        np.add.at(events, rows[rows >= 0], _ONE)

    def mark_names(self, rows: Ints, names: Mapping[str, Sequence[str | None]]) -> None:
        """Count the names that the events of a batch carry."""
        if not names:
            return
        keys = self.keys
        of = rows.tolist()
        for name, column in names.items():
            found: dict[int, Counts] = {}
            for (row, value), count in Counter(zip(of, column, strict=True)).items():
                if value is not None:
                    found.setdefault(row, {})[value] = count
            for row, counts in found.items():
                self.add_names(keys[row], {name: counts})

    def add(self, other: Table) -> None:
        super().add(other)
        assert isinstance(other, SeriesTable)
        for key, names in other.names.items():
            self.add_names(self.home(key), names)
        for key, draw in other.draws.items():
            self.add_draw(self.home(key), draw)

    def add_names(self, key: Key, names: Mapping[str, Counts]) -> None:
        """Count names for a series that has a row."""
        held = self.names.setdefault(key, {})
        for name, counts in names.items():
            limit = self.layout.limits.get(name, category.LIMIT)
            held[name] = category.merge(held.get(name, {}), counts, limit)

    def add_draw(self, key: Key, draw: Draw) -> None:
        """Let the sample of a series compete for the places of another."""
        held = self.draws.get(key)
        self.draws[key] = held = draw if held is None else held.merge(draw)
        limits, row = self._arrays["limit"], self.rows[key]
        limits[row] = np.minimum(limits[row], held.limit)

    def moved(self, gone: Key, to: Key) -> None:
        if (names := self.names.pop(gone, None)) is not None:
            self.add_names(to, names)
        if (draw := self.draws.pop(gone, None)) is not None:
            self.add_draw(to, draw)
