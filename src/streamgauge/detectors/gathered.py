"""Adds windows up until there is enough to say something, feature by feature."""

from typing import NamedTuple, Self

import msgspec
import numpy as np

from streamgauge.detectors.yardstick import Ints, Window

HOUR_MS = 3_600_000


class Enough(NamedTuple):
    """A window that begins at `start` (ms) and in which every feature has enough values or none."""

    window: Window
    start: int


class Gathered(msgspec.Struct, frozen=True, array_like=True):
    """Counts that wait for more: a value that can be kept as it is.

    Bins of numbers, bins of names, and since when (ms) each feature waits, numbers first.

    >>> first = Window(np.array([[200, 0]]), np.zeros((0, 2), np.int64))
    >>> waiting, enough = Gathered().add(first, start=0)
    >>> enough is None
    True
    >>> waiting, enough = waiting.add(first, start=60_000)
    >>> enough.window.cells.tolist(), enough.start
    ([[400, 0]], 0)
    """

    cells: list[list[int]] = []
    names: list[list[int]] = []
    since: list[int] = []

    def add(
        self, window: Window, start: int, *, least: int = 250, limit: int = HOUR_MS
    ) -> tuple[Self, Enough | None]:
        """What still waits, and the features that have `least` values now, if there are any.

        Windows are of one width and one reference. What began to wait `limit` ms ago is dropped:
        it is too old to say what the stream is like now.
        """
        since = self._since(window, start)
        fresh = start - since < limit
        cells = window.cells + _kept(self.cells, window.cells, fresh[: len(window.cells)])
        names = window.names + _kept(self.names, window.names, fresh[len(window.cells) :])
        since = np.where(fresh, since, start)
        total = np.concatenate([cells.sum(axis=1), names.sum(axis=1)])
        ready = total >= least
        waits = ~ready & (total > 0)
        if not waits.any():
            left = type(self)()
        else:
            left = type(self)(
                (cells * waits[: len(cells), None]).tolist(),
                (names * waits[len(cells) :, None]).tolist(),
                np.where(waits, since, -1).tolist(),
            )
        if not ready.any():
            return left, None
        enough = Window(cells * ready[: len(cells), None], names * ready[len(cells) :, None])
        return left, Enough(enough, int(since[ready].min()))

    def _since(self, window: Window, start: int) -> Ints:
        size = len(window.cells) + len(window.names)
        if len(self.since) != size:
            return np.full(size, start)
        since = np.array(self.since, np.int64)
        return np.where(since >= 0, since, start)


def _kept(held: list[list[int]], like: Ints, fresh: np.ndarray) -> Ints:
    if not held or np.shape(held) != like.shape:
        return np.zeros_like(like)
    return np.where(fresh[:, None], np.array(held, np.int64), 0)
