"""How far the hours of good days are from the reference, feature by feature: what to tolerate."""

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from streamgauge.detectors.group_table import Floats, GroupTable

_HOUR = 3_600_000
_DAY = 24
# Hours that differ by less than this, in nats an event, are nothing to tolerate.
_NEXT_TO_NOTHING = 0.001
# What is learned is exceeded by this much: windows within an hour differ more than hours do, and
# no day is like another.
_SLACK = 2.0


class FeatureSeasonState(msgspec.Struct):
    """The counts (F, G) of the hour that runs, and how far hours of the day were off at most (F).

    Arrays of float64 as bytes. `hours` says how many hours were learned.
    """

    counts: bytes
    off: bytes
    hour: int = -1
    hours: int = 0


class FeatureSeason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tolerance for `FeatureWatch`, learned from the hours of the first `days` that are good.

    An hour is as far off as the information that it has on the feature beyond the reference
    (Kullback and Leibler), less what chance makes of so few events. With a tolerance of the largest
    of these, the way from night to day is no change; what moves farther is.
    """

    days: int = 7
    tolerance: float = 0.004

    def start(self, table: GroupTable) -> FeatureSeasonState:
        """The state before any window."""
        none = np.zeros_like(table.shares)
        return FeatureSeasonState(none.tobytes(), none[:, 0].tobytes())

    def learn(
        self, state: FeatureSeasonState, table: GroupTable, at: int, counts: ArrayLike
    ) -> None:
        """One window at that time (ms) whose features are as they should be."""
        if state.hours >= self.days * _DAY:
            return
        known = np.frombuffer(state.counts).reshape(table.shares.shape)
        if at // _HOUR != state.hour:
            if known.any():
                off = np.maximum(np.frombuffer(state.off), _off(table, known))
                state.off, state.hours = off.tobytes(), state.hours + 1
            known, state.hour = np.zeros_like(known), at // _HOUR
        now = np.maximum(np.nan_to_num(np.asarray(counts, dtype=np.float64)), 0.0)
        state.counts = (known + now).tobytes()

    def expect(self, state: FeatureSeasonState) -> Floats | None:
        """The tolerance of each feature in nats an event, once a whole day was learned."""
        if state.hours < _DAY:
            return None
        off = np.frombuffer(state.off)
        return np.asarray(self.tolerance + np.where(off > _NEXT_TO_NOTHING, _SLACK * off, 0.0))


def _off(table: GroupTable, counts: Floats) -> Floats:
    events = counts.sum(axis=1)
    shares = counts / np.maximum(events, 1.0)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        nats = np.where(shares > 0, shares * np.log(shares / table.shares), 0.0).sum(axis=1)
    # Of so many groups, chance alone makes (G - 1) / 2n on average; twice that is seldom exceeded.
    chance = (counts.shape[1] - 1) / np.maximum(events, 1.0)
    return np.asarray(np.maximum(nats - chance - 2 * table.blur, 0.0))
