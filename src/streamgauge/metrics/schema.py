"""The frozen grids that features are counted on, by model version: what references say of them."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from streamgauge.contracts.reference import GROUPS, Number, Reference, freeze
from streamgauge.metrics import feature_name
from streamgauge.metrics.cap import OTHER
from streamgauge.metrics.column import Floats, Ints
from streamgauge.metrics.frozen_grid import Plan, middles, plan

# A plan as a line of numbers: the least and the most that is allowed, the cuts and infinity, and of
# each group where its cells start and how many of them a unit has.
_CUTS = 2
_STARTS = _CUTS + GROUPS
WIDTH = _STARTS + 2 * GROUPS
_LAYOUTS = 64
Span = tuple[float, float]


class Laid(NamedTuple):
    """A sequence of features as rows: their names, and the line of `lines` each is counted by.

    Features that are not of the schema have line -1.
    """

    rows: tuple[str, ...]
    line: Ints
    lines: Floats


class Schema:
    """What the features of one model version are counted on.

    `hash` is that of the reference's schema, `grid` are the digits of it that rows carry.
    """

    def __init__(self, reference: Reference) -> None:
        self.hash = reference.grid
        self.grid = feature_name.digits(reference.grid)
        self.effective = reference.effective
        fields = {
            name: field
            for name, field in reference.schema.items()
            if isinstance(field, Number) and name != OTHER and not feature_name.is_frozen(name)
        }
        self.plans: dict[str, Plan] = {name: plan(field) for name, field in fields.items()}
        self.spans: dict[str, Span] = {
            name: (field.least, field.most) for name, field in fields.items()
        }
        self._middles: dict[str, Floats] = {}
        self.lay = lru_cache(_LAYOUTS)(self._lay)

    def _lay(self, names: tuple[str, ...]) -> Laid:
        held = [name for name in names if name in self.plans]
        lines = np.array([self._line(name) for name in held]).reshape(-1, WIDTH)
        places = {name: place for place, name in enumerate(held)}
        return Laid(
            tuple(
                feature_name.row_name(name, self.grid) if name in places else name for name in names
            ),
            np.array([places.get(name, -1) for name in names], np.int64),
            lines,
        )

    def _line(self, name: str) -> Floats:
        cuts, start, scale = self.plans[name]
        groups = np.column_stack([start, scale]).reshape(-1)
        return np.concatenate([self.spans[name], cuts, [np.inf], groups])

    def middles(self, name: str) -> Floats | None:
        """The value in the middle of each cell of a feature, None for one that is not known."""
        if name not in self._middles and name in self.plans:
            self._middles[name] = middles(self.plans[name])
        return self._middles.get(name)


class Grids:
    """The schemas of all model versions that are known so far.

    One thread adds what it reads while others ask.
    """

    def __init__(self) -> None:
        self._of: dict[tuple[str, str], Schema] = {}
        self._known: dict[str, Schema] = {}

    def __len__(self) -> int:
        return len(self._of)

    def add(self, reference: Reference) -> str | None:
        """Take a reference; why its grid is refused, if it is.

        The first one of a version fixes what that is counted on.
        """
        held = self._of.get((reference.model, reference.version))
        if held is not None:
            same = held.hash == reference.grid
            return None if same else f"the version is counted on grid {held.grid} already"
        if freeze(reference).grid != reference.grid:
            return "its grid is not the hash of its schema"
        for name, field in reference.schema.items():
            if isinstance(field, Number) and not _ascends(field.cuts):
                return f"{name}: expected at most {GROUPS - 1} cuts, ascending"
        made = Schema(reference)
        self._known.setdefault(made.grid, made)
        self._of[reference.model, reference.version] = made
        return None

    def of(self, model: str, version: str, start: int) -> Schema | None:
        """What the windows of a model version that begin then are counted on, if it is known."""
        found = self._of.get((model, version))
        return found if found is not None and start >= found.effective else None

    def named(self, grid: str) -> Schema | None:
        """A schema by the digits that the rows of a profile carry."""
        return self._known.get(grid)


def read_line(line: Floats) -> tuple[Plan, Span]:
    """A line of numbers as the plan that it is, and the least and the most that are allowed."""
    groups = line[_STARTS:]
    span = float(line[0]), float(line[1])
    return Plan(line[_CUTS : _STARTS - 1], groups[::2], groups[1::2]), span


def lay(
    schemas: Sequence[Schema | None], names: tuple[str, ...]
) -> tuple[list[tuple[str, ...]], Ints, Floats]:
    """The rows of the same features for each of several schemas, one after the other.

    The names of each one's rows, the line that each row is counted by, and the lines. Nothing at
    all where none of them knows a schema.
    """
    if not any(schemas):
        return [], _NO_LINE, _NO_LINES
    laid = [None if schema is None else schema.lay(names) for schema in schemas]
    lines = [one.lines for one in laid if one is not None]
    first, places = 0, []
    generic = np.full(len(names), -1, np.int64)
    for one in laid:
        if one is None:
            places.append(generic)
        else:
            places.append(np.where(one.line < 0, -1, one.line + first))
            first += len(one.lines)
    rows = [names if one is None else one.rows for one in laid]
    return rows, np.concatenate(places), np.concatenate(lines)


_NO_LINE: Ints = np.zeros(0, np.int64)
_NO_LINES: Floats = np.zeros((0, WIDTH))


def _ascends(cuts: list[float]) -> bool:
    return len(cuts) < GROUPS and all(one < other for one, other in pairwise(cuts))
