"""Weeks and months: days added up when somebody asks."""

from collections.abc import Iterable
from functools import reduce
from typing import Any

import msgspec

from streamgauge.metrics import packed
from streamgauge.metrics.business import BusinessFigure
from streamgauge.metrics.feedback import feedback_layout
from streamgauge.metrics.heartbeat import Pulse
from streamgauge.metrics.label_summary import LABEL_METRICS, LABEL_NAMED
from streamgauge.metrics.layout import Layout
from streamgauge.metrics.packed import OWN, TablePart
from streamgauge.metrics.purpose import apart
from streamgauge.metrics.rollup import DAY, HOUR
from streamgauge.metrics.series_table import SeriesTable, rule
from streamgauge.metrics.summary import FULL, as_known
from streamgauge.metrics.usage import usage_layout

_MS = 1_000
_LAYOUTS: dict[str, Layout[Any]] = {
    "predictions": FULL,
    "outcomes": Layout(LABEL_METRICS, LABEL_NAMED),
    "usage": usage_layout({}),
    "feedback": feedback_layout({}),
}
_pulse = msgspec.msgpack.Decoder(Pulse)


class PastFigure(BusinessFigure):
    """A figure of the business as some day has counted it, whatever the settings say today."""

    def __init__(self, name: str) -> None:
        self.name = name


def add_days(days: Iterable[bytes], source: str = "predictions") -> dict[str, float]:
    """The values of one series over several days, from the `total` of its daily summaries.

    `source` is that of the summaries. Values that settings add to a window, as what it costs or how
    it compares to its control, are not among them.
    """
    if source == "heartbeats":
        return _add_pulses(days)
    parts = [packed.decode_rows(day) for day in days]
    layout = _layout(_LAYOUTS.get(source, FULL), parts)
    if layout is None:
        return {}
    table = SeriesTable(layout, rule())
    for part in parts:
        packed.read_rows(part, table, strict=False)
    values: dict[str, float] = {}
    for key, row in table.rows.items():
        cells = table.column("cells")[row]
        seconds = len(parts) * DAY / _MS
        values |= as_known(layout.values(cells, table.names.get(key, {}), seconds))
    return values if source in _LAYOUTS else apart(values, source)


def _layout(known: Layout[Any], parts: list[TablePart]) -> Layout[Any] | None:
    """What these days have of what is known; a value of a dimension has less than a model."""
    widths = {name: width for part in parts for name, width in part.signature.items()}
    metrics = [metric for metric in known.metrics if metric.name in widths]
    metrics += [
        PastFigure(name)
        for name, width in sorted(widths.items())
        if name.startswith(OWN) and width == PastFigure.width
    ]
    return Layout(metrics, known.named) if metrics else None


def _add_pulses(days: Iterable[bytes]) -> dict[str, float]:
    """A service from the first of these days to the last, those without a word in between too."""
    pulse = reduce(Pulse.merge, map(_pulse.decode, days), Pulse())
    if not pulse.beats:
        return {}
    first = min((hour * HOUR for hour in pulse.minutes), default=pulse.as_of)
    start, end = first - first % DAY, pulse.as_of - pulse.as_of % DAY + DAY
    return as_known(pulse.values((end - start) / _MS, start, end))
