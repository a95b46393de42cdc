"""What the bodies of state records hold: windows or parts of windows, and counts."""

from collections.abc import Iterator
from itertools import islice

import cramjam
import msgspec

from streamgauge.metrics.cap import Key
from streamgauge.metrics.heartbeat import Pulse
from streamgauge.metrics.packed import TablePart, UnknownCellsError, read_rows, write_rows
from streamgauge.metrics.profile import ProfileTable
from streamgauge.metrics.series_table import SeriesTable
from streamgauge.metrics.total import Shape, Total
from streamgauge.stream_processors.log_record import UnknownVersionError

VERSION = 2
# What this version can read; see `log_record.KNOWN`.
KNOWN = frozenset({2})
_FAST = 1
# As many rows as there are.
_ALL = 2**31
# Bytes of samples in a part of a window, before they are compressed.
_DRAWN = 2_000_000


class PulsePart(msgspec.Struct, array_like=True, gc=False):
    """A service's heartbeats."""

    key: Key
    pulse: Pulse


class TotalPart(msgspec.Struct, array_like=True, gc=False):
    """A window, or some rows of one. `width` in milliseconds; `fine` features are their own kind.

    A `cohort` is a day of what events are about, not of when they came.
    """

    width: int
    start: int
    series: TablePart | None = None
    brief: TablePart | None = None
    profile: TablePart | None = None
    fine: bool = False
    cohort: bool = False
    pulses: list[PulsePart] = []


class Body(msgspec.Struct, kw_only=True, gc=False):
    """What a delta adds, or what a part of a base holds.

    `watermark` is how far the clock of the partition has got; `lag` how many events were waiting;
    `log_bytes` what a restore had to read;
    `known` names services and when each was heard last. The rest are counts.
    """

    v: int = VERSION
    watermark: int = 0
    lag: int = 0
    log_bytes: int = 0
    accepted: int = 0
    rejected: dict[str, int] = {}
    late: int = 0
    known: dict[str, int] = {}
    totals: list[TotalPart] = []


class _Version(msgspec.Struct):
    v: int


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Body)


def encode(body: Body) -> bytes:
    """The body as compressed MessagePack."""
    return bytes(cramjam.zstd.compress(_encoder.encode(body), level=_FAST))


def decode(value: bytes) -> Body:
    """Read a body; raises UnknownVersionError where it is of a version that is not known."""
    raw = bytes(cramjam.zstd.decompress(value))
    if (version := msgspec.msgpack.decode(raw, type=_Version).v) not in KNOWN:
        raise UnknownVersionError(f"state of version {version}, this reads {sorted(KNOWN)}")
    return _decoder.decode(raw)


def pack(width: int, start: int, total: Total, *, rows: int = _ALL) -> Iterator[TotalPart]:
    """A window as parts of so many rows each; nothing for an empty one."""
    for part in _parts(total.series, rows):
        yield TotalPart(width, start, series=part)
    for part in _parts(total.brief, rows * 4):
        yield TotalPart(width, start, brief=part)
    yield from pack_profile(width, start, total.profile, rows=rows)
    pulses = iter(sorted(total.pulses.items()))
    while some := list(islice(pulses, rows)):
        yield TotalPart(width, start, pulses=[PulsePart(key, pulse) for key, pulse in some])


def pack_profile(
    width: int, start: int, profile: ProfileTable, *, rows: int = _ALL
) -> Iterator[TotalPart]:
    """Features as parts of so many rows each."""
    for part in _parts(profile, rows):
        yield TotalPart(width, start, profile=part, fine=profile.fine)


def unpack(part: TotalPart, shape: Shape) -> Total:
    """The rows of a part as a total of their own."""
    total = Total(shape, fine=part.fine)
    try:
        if part.series is not None:
            read_rows(part.series, total.series)
        if part.brief is not None:
            read_rows(part.brief, total.brief)
        if part.profile is not None:
            read_rows(part.profile, total.profile)
    except UnknownCellsError as error:
        raise UnknownVersionError(f"state that a newer version has written: {error}") from error
    total.add_pulses({one.key: one.pulse for one in part.pulses})
    return total


def _parts(table: SeriesTable | ProfileTable, rows: int) -> Iterator[TablePart]:
    keys = table.keys
    begin = 0
    while begin < len(keys):
        end = min(begin + rows, len(keys))
        if isinstance(table, SeriesTable) and rows < _ALL:
            end = _fitting(table, keys, begin, end)
        yield write_rows(table, keys, begin, end)
        begin = end


def _fitting(table: SeriesTable, keys: list[Key], begin: int, end: int) -> int:
    """Up to which row the samples of these rows fit into a part: at least one does."""
    size = 0
    for at in range(begin, end):
        if (draw := table.draws.get(keys[at])) is not None:
            size += len(_encoder.encode(draw.pool))
        if size > _DRAWN and at > begin:
            return at
    return end
