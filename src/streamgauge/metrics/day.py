"""Weeks and months: days added up when somebody asks."""

from collections.abc import Iterable

from streamgauge.metrics import packed
from streamgauge.metrics.rollup import DAY
from streamgauge.metrics.series_table import SeriesTable
from streamgauge.metrics.summary import FULL, as_known, shape


def add_days(days: Iterable[bytes]) -> dict[str, float]:
    """The values of one series over several days, from the `total` of its daily summaries."""
    table = SeriesTable(FULL, shape().rule)
    number = 0
    for day in days:
        packed.add_rows(table, day)
        number += 1
    values: dict[str, float] = {}
    for key, row in table.rows.items():
        cells = table.column("cells")[row]
        seconds = number * DAY / 1_000
        values |= as_known(FULL.values(cells, table.names.get(key, {}), seconds))
    return values
