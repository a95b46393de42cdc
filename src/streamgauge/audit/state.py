"""What the state log says: its documented rule again, in an implementation of its own.

A claim sets the epoch to its own offset. Records of another epoch, and deltas that do not begin
where the last one ended, do not count. A base replaces the sums once its parts have all come.
"""

import struct
from bisect import bisect_right
from collections import Counter
from itertools import accumulate

import cramjam
import msgspec

from streamgauge.stream_processors.log_record import AnyLogRecord, Base, Claim, Delta, Skip

# numpy's names of whole numbers, and what Python calls them.
_KINDS = {"u1": "B", "u2": "H", "u4": "I", "i8": "q"}
# (model, version), and (model, version, dimension, value); of other keys nothing is proven.
_LENGTHS = (2, 4)
Series = tuple[str, ...]
Counts = dict[int, Counter[Series]]


class _Sparse(msgspec.Struct, array_like=True):
    gaps: bytes
    numbers: bytes
    kinds: tuple[str, str]


class _Rows(msgspec.Struct, array_like=True):
    keys: list[Series]
    columns: dict[str, _Sparse]
    signature: dict[str, int] = {}


class _Window(msgspec.Struct, array_like=True):
    width: int
    start: int
    series: _Rows | None = None
    brief: _Rows | None = None


class _Body(msgspec.Struct):
    totals: list[_Window] = []


_read = msgspec.msgpack.Decoder(_Body).decode


class PartitionState:
    """One partition's log: the counts of its windows of `width` ms, and how far it has got.

    `torn` counts bases that say something else than the deltas before them; of a log that was
    `trimmed` older windows are not known.
    """

    def __init__(self, width: int) -> None:
        self.next = 0
        # Where a generation begins; what is before it another one has counted.
        self.begin = 0
        self.counts: Counts = {}
        self.lost: list[Skip] = []
        self.torn = 0
        self.trimmed = False
        self._width = width
        self._epoch: int | None = None
        self._whole = True
        self._parts: list[Base] = []
        self._ends: list[int] = []
        self._watermarks: list[int] = []

    @property
    def known(self) -> bool:
        """Whether anybody has ever owned the partition."""
        return self._epoch is not None

    def take(self, offset: int, record: AnyLogRecord) -> None:
        """One record, in the order of the log."""
        if isinstance(record, Claim):
            self._epoch, self._parts = offset, []
            return
        if self._epoch is None:
            # The log was trimmed to this base, which counted when it was.
            self._epoch, self._whole, self.trimmed = record.epoch, False, True
        if record.epoch != self._epoch:
            return
        if isinstance(record, Base):
            self._take_base(record)
        elif record.begin == self.next and record.end >= record.begin:
            self._parts = []
            if isinstance(record, Delta):
                _add(self.counts, counts(record.body, self._width))
                self._reach(record.end, record.watermark)
            else:
                self.lost += [record] if record.cause != "start" else []
                self.begin = record.end if record.cause == "start" else self.begin
                self._reach(record.end, 0)
        else:
            self._parts = []

    def _take_base(self, base: Base) -> None:
        if base.part != len(self._parts) or (self._parts and self._parts[0].end != base.end):
            self._parts = []
        if base.part == len(self._parts):
            self._parts.append(base)
        if len(self._parts) < base.parts:
            return
        said: Counts = {}
        for part in self._parts:
            _add(said, counts(part.body, self._width))
        if self._whole and base.end == self.next:
            self.torn += sum(self.counts.get(start, Counter()) != said[start] for start in said)
        # What a base leaves out is closed: it is said for the last time before.
        self.counts |= said
        self._whole, self._parts = True, []
        self._reach(base.end, base.watermark)

    def _reach(self, end: int, watermark: int) -> None:
        self.next = end
        self._ends.append(end)
        self._watermarks.append(max(watermark, self._watermarks[-1] if self._watermarks else 0))

    def watermark(self, offset: int) -> int:
        """How far the stage knew event time to be before it read that source offset."""
        place = bisect_right(self._ends, offset)
        return self._watermarks[place - 1] if place else 0


def counts(body: bytes, width: int) -> Counts:
    """How many events each series has in each window of that width, dimensions included."""
    found: Counts = {}
    for window in _read(bytes(cramjam.zstd.decompress(body))).totals:
        if window.width != width:
            continue
        for rows in (window.series, window.brief):
            if rows is not None:
                _add(found, {window.start: _first_cells(rows)})
    return found


def _first_cells(rows: _Rows) -> Counter[Series]:
    """The first cell of each row counts its events."""
    cells = rows.columns["cells"]
    places = accumulate(_numbers(cells.gaps, cells.kinds[0]))
    width = sum(rows.signature.values())
    found: Counter[Series] = Counter()
    for place, number in zip(places, _numbers(cells.numbers, cells.kinds[1]), strict=True):
        key = rows.keys[place // width]
        if place % width == 0 and len(key) in _LENGTHS:
            found[key] += number
    return found


def _numbers(raw: bytes, kind: str) -> list[int]:
    return list(struct.unpack(f"<{len(raw) // int(kind[1:])}{_KINDS[kind]}", raw))


def _add(to: Counts, more: Counts) -> None:
    for start, found in more.items():
        to.setdefault(start, Counter()).update(found)
