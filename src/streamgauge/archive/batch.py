"""A range of records as the files that it will become: one for each kind, day and model."""

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

import msgspec

from streamgauge.archive.kind import Name
from streamgauge.archive.record import Record, nobody, rows

DAY_MS = 86_400_000
# What a stranger may cause: so many folders in a batch; further models share one.
MOST_MODELS = 200
_CHUNK = 1_000
_LAST_DAY = date.max.toordinal() - date(1970, 1, 1).toordinal()


class Group(NamedTuple):
    """Where rows lie together; no model where they belong to several or to none."""

    kind: Name
    day: int
    model: str | None
    shared: bool


class Pile(msgspec.Struct):
    """Rows of one group as lines of JSON, and the event times that they span."""

    first: int
    last: int
    lines: list[bytes]


class Batch(msgspec.Struct):
    """Records of one partition, in order, sorted into groups."""

    records: int
    rejected: int
    ignored: int
    erased: int
    piles: dict[Group, Pile]


class Ages(msgspec.Struct, frozen=True):
    """How far an event's time may be from the time at which Kafka took it, in milliseconds."""

    past: int
    ahead: int

    def day(self, time: int, appended: int) -> int:
        """The day (since 1970) of whose folder a row is; that of its arrival if its time is absurd.

        Otherwise one sender could make a folder for each day of five millennia.

        >>> Ages(past=DAY_MS, ahead=0).day(0, 10 * DAY_MS), Ages(past=DAY_MS, ahead=0).day(9, 10)
        (10, 0)
        """
        fits = appended - self.past <= time <= appended + self.ahead
        return min(max(0, time if fits else appended) // DAY_MS, _LAST_DAY)


def sort(
    topic: str,
    partition: int,
    records: list[Record],
    ages: Ages,
    erased: Callable[[Any, int], bool] = nobody,
) -> Batch:
    """Decode records and lay their rows on piles; `erased` says whose are left out."""
    batch = Batch(len(records), len(records), 0, 0, {})
    found: dict[tuple[Name, int, str | None], Pile] = {}
    models: set[str] = set()
    # A chunk stays in the processor's cache, and its events are gone before the next is read.
    for start in range(0, len(records), _CHUNK):
        for record, row in rows(topic, records[start : start + _CHUNK], erased):
            batch.rejected -= 1
            if row == "ignored":
                batch.ignored += 1
                continue
            if row == "erased":
                batch.erased += 1
                continue
            kind, time, model, body = row
            place = kind, ages.day(time, record.appended), model
            pile = found.get(place)
            if pile is None:
                pile = found[place] = _pile(batch, _group(place, models), time)
            elif time < pile.first:
                pile.first = time
            elif time > pile.last:
                pile.last = time
            head = b'{"partition":%d,"offset":%d,"appended":%d,'
            pile.lines.append(head % (partition, record.offset, record.appended) + body[1:])
    return batch


def _group(place: tuple[Name, int, str | None], models: set[str]) -> Group:
    kind, day, model = place
    if model is None:
        return Group(kind, day, None, shared=False)
    if model not in models and len(models) == MOST_MODELS:
        return Group(kind, day, None, shared=True)
    models.add(model)
    return Group(kind, day, model, shared=False)


def _pile(batch: Batch, group: Group, time: int) -> Pile:
    pile = batch.piles.setdefault(group, Pile(time, time, []))
    pile.first, pile.last = min(pile.first, time), max(pile.last, time)
    return pile
