"""All the integers of one closed window, as detectors read them off `summaries`."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamgauge.contracts.summary import Summary
from streamgauge.metrics import category, feature_name, packed
from streamgauge.metrics.category import Counts
from streamgauge.metrics.column import Ints
from streamgauge.metrics.grid import COARSE
from streamgauge.metrics.packed import TablePart
from streamgauge.metrics.profile import HALF, HIGH, KNOWN, LOW, NULL, TEXT


class Feature(NamedTuple):
    """One feature in one window.

    `known` values are numbers, `null` ones are missing, `text` ones are counted in `categories`.
    `total` is the sum of the numbers in millionths, exactly; `low` and `high` are infinite where
    there is no number. `grid` counts the numbers: 512 cells in hours and days, 16 groups of 32 such
    cells in the narrowest windows. `frozen` are the first digits of the hash of the grid that these
    are of (`metrics.frozen_grid`), "" for the generic one (`metrics.grid`). A window in which a
    grid takes effect may have numbers on both: then `grid` has those on the frozen one only, and
    all else is of both. `out` numbers are not what the schema allows, of those on the frozen grid.
    """

    known: int
    null: int
    text: int
    total: int
    low: float
    high: float
    grid: Ints
    categories: Counts
    out: int = 0
    frozen: str = ""

    @property
    def groups(self) -> Ints:
        """The numbers in each of the 16 groups of the grid."""
        return np.asarray(self.grid.reshape(COARSE, -1).sum(axis=1))


class Closed(NamedTuple):
    """The cells of each metric and the counts of each kind of names; the features by name."""

    cells: dict[str, Ints]
    names: dict[str, Counts]
    features: dict[str, Feature]


def read_closed(summary: Summary) -> Closed:
    """What a closed window of a model holds beside its sample; nothing of one without integers.

    Raises `UnknownCellsError` where a newer version has written features in another form.
    """
    cells: dict[str, Ints] = {}
    names: dict[str, Counts] = {}
    if summary.total:
        part = packed.decode_rows(summary.total)
        cells = _cells(part)
        names = part.names.get(0, {})
    return Closed(cells, names, _features(summary.profile) if summary.profile else {})


def _cells(part: TablePart) -> dict[str, Ints]:
    ends = np.cumsum(list(part.signature.values()))
    row = np.zeros(int(ends[-1]), np.int64)
    places, numbers = packed.dense(part.columns["cells"])
    row[places] = numbers
    return dict(zip(part.signature, np.split(row, ends[:-1]), strict=True))


def _features(written: bytes) -> dict[str, Feature]:
    part = packed.decode_rows(written)
    rows = packed.read_columns(part)
    names = [feature_name.split(key[-1]) for key in part.keys]
    of: dict[str, list[int]] = {}
    # The frozen row last, of several the one with most numbers.
    known = rows["stats"][:, KNOWN].tolist()
    for row in sorted(range(len(names)), key=lambda at: (names[at][1] != "", known[at], names[at])):
        of.setdefault(names[row][0], []).append(row)
    return {name: _feature(rows, part, of[name], names) for name in sorted(of)}


def _feature(
    rows: dict[str, NDArray[Any]],
    part: TablePart,
    mine: list[int],
    names: list[tuple[str, str]],
) -> Feature:
    """One feature from its rows; the cells are those of the last one."""
    stats = rows["stats"][mine].sum(axis=0).tolist()
    categories: Counts = {}
    for row in mine:
        if row in part.names:
            categories = category.merge(categories, part.names[row][""])
    return Feature(
        known=stats[KNOWN],
        null=stats[NULL],
        text=stats[TEXT],
        total=stats[HIGH] * HALF + stats[LOW],
        low=float(rows["low"][mine].min()),
        high=float(rows["high"][mine].max()),
        grid=rows["grid"][mine[-1]].astype(np.int64),
        categories=categories,
        out=int(rows["out"][mine].sum()),
        frozen=names[mine[-1]][1],
    )
