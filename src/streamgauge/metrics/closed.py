"""All the integers of one closed window, as detectors read them off `summaries`."""

from typing import NamedTuple

import numpy as np

from streamgauge.contracts.summary import Summary
from streamgauge.metrics import packed
from streamgauge.metrics.category import Counts
from streamgauge.metrics.column import Ints
from streamgauge.metrics.packed import TablePart
from streamgauge.metrics.profile import HALF, HIGH, KNOWN, LOW, NULL, TEXT, ProfileTable


class Feature(NamedTuple):
    """One feature in one window.

    `known` values are numbers, `null` ones are missing, `text` ones are counted in `categories`.
    `total` is the sum of the numbers in millionths, exactly; `low` and `high` are infinite where
    there is no number. `grid` counts the numbers: 512 cells as `metrics.grid.cell` names them in
    hours and days, 16 groups of 32 such cells in the narrowest windows.
    """

    known: int
    null: int
    text: int
    total: int
    low: float
    high: float
    grid: Ints
    categories: Counts


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
    table = ProfileTable(fine="registers" in part.columns)
    packed.read_rows(part, table)
    stats, grid = table.column("stats"), table.column("grid")
    low, high = table.flat("low"), table.flat("high")
    features: dict[str, Feature] = {}
    for key, row in sorted(table.rows.items()):
        held = [int(cell) for cell in stats[row]]
        features[key[-1]] = Feature(
            known=held[KNOWN],
            null=held[NULL],
            text=held[TEXT],
            total=held[HIGH] * HALF + held[LOW],
            low=float(low[row]),
            high=float(high[row]),
            grid=grid[row].astype(np.int64),
            categories=table.categories.get(key, {}),
        )
    return features
