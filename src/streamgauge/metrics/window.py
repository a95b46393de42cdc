"""Which window an event belongs to, and when a window is closed; the clock is the stream."""

import msgspec

MS = 1_000


class Widths(msgspec.Struct, frozen=True):
    """Width, watermark delay and lateness in milliseconds.

    The watermark trails the newest event by `delay`. A window that it has passed is final, and is
    still revised by late events until it has passed by `lateness` more: then it is closed.
    """

    width: int
    delay: int
    lateness: int

    def start(self, ts: int) -> int:
        """The start of the window that holds this time.

        >>> Widths(60_000, 0, 0).start(61_000)
        60000
        """
        return ts - ts % self.width

    def closed_before(self, watermark: int) -> int:
        """Windows that start before this are closed."""
        return self.start(watermark - self.lateness)

    @property
    def name(self) -> str:
        """The width as people write it."""
        return window_name(self.width)


def window_name(width: int) -> str:
    """A width in milliseconds as people write it.

    >>> [window_name(ms) for ms in (10_000, 60_000, 3_600_000)]
    ['10s', '1m', '1h']
    """
    seconds = width / MS
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"
