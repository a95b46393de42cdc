"""How much more features vary from window to window than chance would make them."""

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from streamgauge.detectors.group_table import Floats, GroupTable

_HOUR = 3_600_000
# Blocks of 1, 2, 4 ... windows.
_LEVELS = 5
# So few blocks beyond the first of their hours say too little.
_ENOUGH = 40
_FIELDS = 6


class FeatureMoodState(msgspec.Struct):
    """Sums of blocks of 2^level windows of the hour that runs; arrays of float64 as bytes.

    `sums` (6, levels, 2, F): events and scores of the first half of the next block; events, scores
    and squares of the blocks that are full, and how many these are. `beyond` (levels, 2, F) is what
    these varied by in the hours before, in variances of chance, and `free` of how many degrees of
    freedom.
    """

    sums: bytes
    beyond: bytes
    free: bytes
    hour: int = -1


class FeatureMood(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What part of an independent event each event of a feature is worth, for `FeatureWatch`.

    Moods that come and go within the hour move the middle or the width of a feature together in
    neighbouring windows. Their blocks then vary more about the hour than blocks of independent
    events do; so many times less is what they say. Hours among themselves are `FeatureSeason`'s.
    """

    def start(self, table: GroupTable) -> FeatureMoodState:
        """The state before any window."""
        none = np.zeros((_LEVELS, 2, len(table.names)))
        return FeatureMoodState(
            np.zeros((_FIELDS, *none.shape)).tobytes(), none.tobytes(), none.tobytes()
        )

    def learn(self, state: FeatureMoodState, table: GroupTable, at: int, counts: ArrayLike) -> None:
        """One window at that time (ms) in which no change holds."""
        shape = (_LEVELS, 2, len(table.names))
        sums = np.frombuffer(state.sums).reshape(_FIELDS, *shape).copy()
        if at // _HOUR != state.hour:
            beyond, free = _close(sums)
            state.beyond = (np.frombuffer(state.beyond).reshape(shape) + beyond).tobytes()
            state.free = (np.frombuffer(state.free).reshape(shape) + free).tobytes()
            state.hour, sums = at // _HOUR, np.zeros_like(sums)
        now = np.maximum(np.nan_to_num(np.asarray(counts, dtype=np.float64)), 0.0)
        events = np.broadcast_to(now.sum(axis=1), shape[1:])
        scores = np.einsum("fg,fgs->sf", now, table.scores)
        _fill(sums, events, scores)
        state.sums = sums.tobytes()

    def expect(self, state: FeatureMoodState) -> Floats:
        """What each event of a feature (F) is worth, at most 1."""
        beyond, free = np.frombuffer(state.beyond), np.frombuffer(state.free)
        known = np.where(free >= _ENOUGH, beyond / np.maximum(free, 1.0), 1.0)
        sure = known * (1.0 - np.sqrt(2.0 / np.maximum(free, _ENOUGH)))
        factor = np.maximum(sure, 1.0).reshape(2 * _LEVELS, -1).max(axis=0)
        return np.asarray(1.0 / factor)


def _fill(sums: Floats, events: Floats, scores: Floats) -> None:
    """Add a window to the open blocks; the full ones go on to the next level, two by two."""
    for level in range(_LEVELS):
        step = sums[:, level]
        step[2] += events
        step[3] += scores
        step[4] += np.divide(scores**2, events, out=np.zeros_like(events), where=events > 0)
        step[5] += 1
        if step[5].flat[0] % 2:
            step[0], step[1] = events, scores
            return
        events, scores = step[0] + events, step[1] + scores


def _close(sums: Floats) -> tuple[Floats, Floats]:
    _, _, events, scores, squares, blocks = sums
    mean = np.divide(scores**2, events, out=np.zeros_like(events), where=events > 0)
    return squares - mean, np.maximum(blocks - 1, 0.0)
