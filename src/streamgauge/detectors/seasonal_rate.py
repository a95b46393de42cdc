"""An always-valid watch over a rate that has its hours and its moods."""

import msgspec

from streamgauge.detectors.rate import Rate, RateShift, RateState
from streamgauge.detectors.season import Season, SeasonState


class SeasonalState(msgspec.Struct):
    """What speaks for a change, and what the hours are like."""

    rate: RateState
    season: SeasonState


class SeasonalRate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="seasonal_rate"):
    """`Rate`, against what the rate is at this hour of the week instead of one baseline.

    If a rate varies more from window to window than chance would make it, or comes and goes slowly,
    each event is worth as much less: so neither a daily cycle nor autocorrelation is a change. On
    the first day it says nothing, unless it is `hasty`: then the first events are the baseline. A
    window in which a change holds is not learned from.
    """

    warm_up: int = 10_000
    weeks: int = 5
    a_false_alarm: float = 1e6
    hasty: bool = False

    def start(self) -> SeasonalState:
        """The state before any window."""
        return SeasonalState(self._rate().start(), self._season().start())

    def step(
        self,
        state: SeasonalState,
        at: int,
        count: float,
        total: float,
        *,
        spent: float | None = None,
        margin: float = 0.0,
    ) -> RateShift | None:
        """One window in whose middle it was `at` (ms, UTC); else as `Rate.step`."""
        season = self._season()
        expected = season.expect(state.season, at)
        shift = None
        if expected is not None or self.hasty:
            bounds = None if expected is None else expected.bounds.widened(margin)
            worth = 1.0 if expected is None else expected.worth
            part = min(count / self.a_false_alarm, 0.01) if spent is None else spent
            shift = self._rate().step(
                state.rate, count * worth, total * worth, spent=part, bounds=bounds, margin=margin
            )
            if shift is not None:
                shift = msgspec.structs.replace(shift, events=shift.events / worth)
        if state.rate.held is None:
            season.learn(state.season, at, count, total)
        return shift

    def _rate(self) -> Rate:
        return Rate(warm_up=self.warm_up, a_false_alarm=self.a_false_alarm)

    def _season(self) -> Season:
        return Season(warm_up=self.warm_up, weeks=self.weeks)
