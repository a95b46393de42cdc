"""Reads ordinary record batches in C; where there is no compiler, no batch is ordinary."""

from types import ModuleType
from typing import Protocol

# What `read` says: nothing is left, the message is full, the batch is to be inflated, it is not
# ordinary.
END, FULL, PACKED, ODD = range(4)
_LENGTH = 12

Columns = tuple[list[bytes | None], bytes, bytes, list[bytes | None] | None, int, bool]


class Reader(Protocol):
    """Goes through the batches of a fetch, and collects the columns of a message.

    `count` records are collected, which prove the log up to `reached`. The batch in hand is from
    byte `at` to `end`; `packed` are its codec and its records. So many bytes were `handed` over
    inflated.
    """

    at: int
    end: int
    count: int
    reached: int
    handed: int
    packed: tuple[int, bytes]

    def read(self) -> int:
        """Go on, and say why it stops."""

    def take(self) -> Columns:
        """Values, offsets, times, keys, bytes of all values, whether the broker set the times."""

    def give(self, inflated: bytes, /) -> bool:
        """Go on with a batch that was PACKED; False where it is not ordinary."""

    def pass_over(self, reached: int) -> None:
        """Go on behind a batch that somebody else has read up to an offset."""


class OddReader:
    """Finds where batches begin and end, and leaves each to somebody else."""

    count = 0
    packed = (0, b"")

    def __init__(self, raw: bytes, first: int, go: int) -> None:
        self.at = self.end = self.handed = 0
        self.reached = first
        self._raw = raw
        self._go = go

    def read(self) -> int:
        """END or ODD."""
        begin = self.end + _LENGTH
        length = int.from_bytes(self._raw[begin - 4 : begin], "big", signed=True)
        if self.handed >= self._go or not 0 <= length <= len(self._raw) - begin:
            return END
        self.at, self.end = self.end, begin + length
        return ODD

    def take(self) -> Columns:
        """Nothing."""
        return [], b"", b"", None, 0, False

    def give(self, _inflated: bytes, /) -> bool:
        """No: whatever it is, it is not ordinary."""
        return False

    def pass_over(self, reached: int) -> None:
        """Go on behind the batch in hand."""
        self.reached = max(self.reached, reached)


def _load() -> ModuleType | None:
    try:
        from streamgauge.stream_processors import _reader
    except ImportError:
        # A platform without a C compiler: everything works, more slowly.
        return None
    return _reader


kernel = _load()


def reader(
    raw: bytes, first: int, *, cut: int, most: int, many: int, go: int, checks: bool, aborts: bool
) -> Reader:
    """A reader of what was fetched, for offsets from `first` on.

    It fills messages of `cut` records, ends when `go` bytes were handed over, and calls odd what
    inflates to more than `most` bytes, has more than `many` offsets, or a wrong checksum if it
    `checks`; with `aborts` transactions, too.
    """
    if kernel is None:
        return OddReader(raw, first, go)
    made: Reader = kernel.Reader(
        raw, first, cut=cut, most=most, many=many, go=go, checks=checks, transactions=aborts
    )
    return made
