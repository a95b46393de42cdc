"""The records of state logs: totals of open windows, with the offsets that they stand for."""

from collections.abc import Iterable, Iterator

import msgspec
import numpy as np

from streamgauge.metrics.category import Counts
from streamgauge.metrics.column import Ints
from streamgauge.metrics.heartbeat import Pulse
from streamgauge.metrics.sample import Draw, Drawn
from streamgauge.metrics.series import Key
from streamgauge.metrics.summary import WIDTH, Summary

VERSION = 1
# The client refuses messages above 8 MB, before it compresses them.
PART_BYTES = 4_000_000
# Owners that died between two parts, which a reader remembers.
_TORN = 8


class SeriesTotal(msgspec.Struct, array_like=True, gc=False):
    """A series: which cells are not zero, and what they hold (both little endian)."""

    key: Key
    cells: bytes
    counts: bytes
    classes: Counts
    reasons: Counts
    drawn: list[Drawn]
    as_of: int


class PulseTotal(msgspec.Struct, array_like=True, gc=False):
    """A service's heartbeats."""

    key: Key
    pulse: Pulse


class WindowTotal(msgspec.Struct, array_like=True, gc=False):
    """One window, complete: it replaces what was known of this window before."""

    start: int
    predictions: list[SeriesTotal] = []
    pulses: list[PulseTotal] = []


class StateRecord(msgspec.Struct, kw_only=True, gc=False):
    """What one source partition has added up to, after the offsets below `next`.

    `windows` are those that changed since `since`; a reader that has followed up to any offset from
    `since` to `next` may take the record, and ignores one that does not lead further. `first` is
    where a restart reads from. `known` names services and when each was heard last. A
    record that is larger than a message travels as `parts` records, `part` 0 first.
    """

    v: int = VERSION
    partition: int
    owner: str
    since: int
    first: int
    next: int
    watermark: int
    accepted: int
    rejected: int
    late: int
    windows: list[WindowTotal] = []
    known: dict[str, int] = {}
    part: int = 0
    parts: int = 1


class UnknownVersionError(Exception):
    """A state record was written by a newer version: to guess would corrupt the figures."""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(StateRecord)


class _Version(msgspec.Struct):
    v: int


def encode(record: StateRecord) -> bytes:
    """The record as MessagePack."""
    return _encoder.encode(record)


def encode_parts(record: StateRecord, limit: int = PART_BYTES) -> list[bytes]:
    """The record as messages of about `limit` bytes: one, unless much changed at once."""
    whole = encode(record)
    if len(whole) <= limit:
        return [whole]
    parts: list[list[WindowTotal]] = [[]]
    size = 0
    for piece in _pieces(record.windows):
        length = len(_encoder.encode(piece))
        if size and size + length > limit:
            parts.append([])
            size = 0
        parts[-1].append(piece)
        size += length
    replace = msgspec.structs.replace
    return [
        encode(replace(record, windows=windows, part=part, parts=len(parts)))
        for part, windows in enumerate(parts)
    ]


def _pieces(windows: Iterable[WindowTotal]) -> Iterator[WindowTotal]:
    for window in windows:
        for total in window.predictions:
            yield WindowTotal(window.start, predictions=[total])
        for pulse in window.pulses:
            yield WindowTotal(window.start, pulses=[pulse])


class Joiner:
    """Puts records that travelled in parts together again; one that was torn never shows.

    A former owner may write between the parts of another, so each has a place of its own.
    """

    def __init__(self) -> None:
        self._held: dict[str, list[StateRecord]] = {}

    def take(self, record: StateRecord) -> StateRecord | None:
        """The whole record once its last part is here."""
        if record.parts == 1:
            return record
        held = self._held.pop(record.owner, [])
        if record.part == 0:
            held = []
        if record.part != len(held):
            return None
        held.append(record)
        if record.part + 1 < record.parts:
            self._held[record.owner] = held
            if len(self._held) > _TORN:
                del self._held[next(iter(self._held))]
            return None
        windows: dict[int, WindowTotal] = {}
        for window in (window for part in held for window in part.windows):
            whole = windows.setdefault(window.start, WindowTotal(window.start, [], []))
            whole.predictions.extend(window.predictions)
            whole.pulses.extend(window.pulses)
        return msgspec.structs.replace(record, windows=list(windows.values()), part=0, parts=1)


def decode(value: bytes) -> StateRecord:
    """Read a record; raises UnknownVersionError where it is of another version."""
    if (version := msgspec.msgpack.decode(value, type=_Version).v) != VERSION:
        raise UnknownVersionError(f"state record of version {version}, this is {VERSION}")
    return _decoder.decode(value)


def pack(series: Iterable[tuple[Key, Summary]]) -> list[SeriesTotal]:
    """Summaries as they are written: most cells are zero and stay out."""
    totals = []
    for key, summary in series:
        filled = np.flatnonzero(summary.cells)
        totals.append(
            SeriesTotal(
                key=key,
                cells=filled.astype("<u4").tobytes(),
                counts=summary.cells[filled].astype("<i8").tobytes(),
                classes=summary.classes,
                reasons=summary.reasons,
                drawn=summary.draw.drawn(),
                as_of=summary.as_of,
            )
        )
    return totals


def unpack(total: SeriesTotal) -> Summary:
    """A summary as it was before `pack`."""
    cells: Ints = np.zeros(WIDTH, np.int64)
    cells[np.frombuffer(total.cells, "<u4")] = np.frombuffer(total.counts, "<i8")
    return Summary(cells, total.classes, total.reasons, Draw(list(total.drawn)), total.as_of)
