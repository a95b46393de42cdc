"""Readings of an archive, in the order in which they were published: what rules are tried on."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec

from streamgauge.archive.read import Reader, measure_of, ms
from streamgauge.contracts.measure import AnyReading, Signal, Tick

_MAPS = ("labels", "values", "samples")
_decode = msgspec.json.decode
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the archive's times are UTC without a zone


def readings(reader: Reader, since: int, until: int, width: float) -> Iterator[AnyReading]:
    """What was published about the time between two times in ms, day by day.

    `width` (seconds) is that of the narrowest windows. Revisions that the archive has dropped are
    missing, so rules that look at open windows may fire later here than they did.
    """
    begin, end = _EPOCH + timedelta(milliseconds=since), _EPOCH + timedelta(milliseconds=until)
    # Days before the first one that is kept need not be asked for one by one.
    first = reader.ask("SELECT min(start) FROM all_measures")[1][0][0]
    begin = max(begin, first) if first else end
    while begin < end:
        # One day at a time fits into the memory of any machine that keeps an archive.
        later = min(end, datetime(begin.year, begin.month, begin.day) + _DAY)  # noqa: DTZ001 - as above
        yield from _day(reader, begin, later, width)
        begin = later


def _day(reader: Reader, since: datetime, until: datetime, width: float) -> Iterator[AnyReading]:
    rows: list[tuple[int, str, dict[str, Any]]] = []
    for kind in ("measures", "aggregates", "signals", "ticks"):
        found = reader.rows(kind, since=since, until=until, every_revision=True, maps_as_json=True)
        rows += [(row["offset"], kind, row) for row in found]
    rows.sort(key=lambda one: one[0])
    for _, kind, row in rows:
        yield _reading(kind, row, width)


def _reading(kind: str, row: dict[str, Any], width: float) -> AnyReading:
    if kind == "ticks":
        return Tick(
            watermark=ms(row["watermark"]), at=ms(row["at"]), completeness=row["completeness"]
        )
    row = row | {name: _decode(row[name]) for name in _MAPS if isinstance(row.get(name), str)}
    if kind == "signals":
        known = Signal.__struct_fields__
        fields = {name: row[name] for name in known if row.get(name) is not None}
        return Signal(**fields | {"start": ms(row["start"]), "end": ms(row["end"])})
    measure = measure_of(row)
    narrowest = measure.end - measure.start == round(width * 1000)
    return msgspec.structs.replace(measure, base=narrowest)
