"""When a model should be trained anew: a recommendation with its reasons, never more than that.

Recommended where quality fell (an alarm on performance, or an estimate that fell by more than
`drop` while an alarm on features says why), if there are enough new truths to learn from, and not
again for `cool_down` after the last time. At the end of each month (UTC) all of it is evaluated
once more with a longer memory: a model that is often, or constantly a little, worse is found too.
"""

from datetime import UTC, datetime
from typing import Literal, NamedTuple

import msgspec

_DAY_MS = 86_400_000
# Of the windows of a month, so many with an alarm are often.
_OFTEN = 0.05


class Evidence(NamedTuple):
    """What a window that ends at `ts` (ms) says of a model version.

    `loss` is how far the estimated (or realised) accuracy is below the reference, None where nobody
    knows; `labels` are the truths that came in this window.
    """

    ts: int
    labels: int = 0
    performance_alarm: bool = False
    feature_alarm: bool = False
    loss: float | None = None


class Recommendation(msgspec.Struct, frozen=True, kw_only=True, tag="recommendation"):
    """That a model should be trained anew, since when, why, and on how many new truths."""

    ts: int
    cause: Literal["alarm", "month"]
    reasons: list[str]
    labels: int

    @property
    def text(self) -> str:
        """It in words."""
        return f"retrain: {'; '.join(self.reasons)}; {self.labels:,} new truths to learn from"


class Evaluation(msgspec.Struct, frozen=True, kw_only=True, tag="evaluation"):
    """How a month was: shares of its windows with alarms, the mean loss, and what follows."""

    month: str
    windows: int
    labels: int
    performance_alarms: float
    feature_alarms: float
    loss: float | None
    reasons: list[str]
    recommended: bool


class MonthSums(msgspec.Struct):
    """What the windows of a month add up to; `month` counts from the year 0."""

    month: int = -1
    windows: int = 0
    labels: int = 0
    performance: int = 0
    features: int = 0
    losses: int = 0
    loss: float = 0.0


class RetrainingState(msgspec.Struct):
    """The month so far, new truths since the last recommendation, and that one while it holds."""

    sums: MonthSums = msgspec.field(default_factory=MonthSums)
    labels: int = 0
    last: int = 0
    held: Recommendation | None = None


class Retraining(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="retraining"
):
    """The parameters: `cool_down` in days, `drop` and losses as shares of accuracy."""

    drop: float = 0.02
    least_labels: int = 1_000
    cool_down: float = 7.0

    def start(self) -> RetrainingState:
        """Before any window, for a version that is new."""
        return RetrainingState()

    def step(
        self, state: RetrainingState, evidence: Evidence
    ) -> tuple[Recommendation | None, Evaluation | None]:
        """The recommendation that holds after a window, and the evaluation of a month that ended.

        A recommendation holds while its reasons do; that of a month for a day.
        """
        evaluation = self._turn(state, evidence.ts)
        loss = evidence.loss
        sums, labels = state.sums, max(evidence.labels, 0)
        state.labels += labels
        sums.labels += labels
        sums.windows += 1
        sums.performance += evidence.performance_alarm
        sums.features += evidence.feature_alarm
        if loss is not None and loss == loss:  # noqa: PLR0124 - NaN
            sums.losses += 1
            sums.loss += min(max(loss, -1.0), 1.0)
        reasons = self._reasons(evidence)
        if state.held is not None and self._over(state.held, evidence.ts, reasons):
            state.held = None
        if state.held is None and reasons and self._may(state, evidence.ts):
            self._recommend(state, evidence.ts, "alarm", reasons)
        return state.held, evaluation

    def _over(self, held: Recommendation, ts: int, reasons: list[str]) -> bool:
        return ts >= held.ts + _DAY_MS if held.cause == "month" else not reasons

    def _reasons(self, evidence: Evidence) -> list[str]:
        reasons = []
        if evidence.performance_alarm:
            reasons.append("the truths say that performance fell")
        loss = evidence.loss
        if loss is not None and loss > self.drop and evidence.feature_alarm:
            reasons.append(
                f"the estimated accuracy is {100 * loss:.1f} points lower while features drift"
            )
        return reasons

    def _may(self, state: RetrainingState, ts: int) -> bool:
        rested = not state.last or ts - state.last >= self.cool_down * _DAY_MS
        return rested and state.labels >= self.least_labels

    def _recommend(
        self, state: RetrainingState, ts: int, cause: Literal["alarm", "month"], reasons: list[str]
    ) -> None:
        state.held = Recommendation(ts=ts, cause=cause, reasons=reasons, labels=state.labels)
        state.last, state.labels = ts, 0

    def _turn(self, state: RetrainingState, ts: int) -> Evaluation | None:
        month, sums = _month(ts), state.sums
        if month <= sums.month:
            return None
        state.sums = MonthSums(month)
        if sums.month < 0 or not sums.windows:
            return None
        performance, features = sums.performance / sums.windows, sums.features / sums.windows
        loss = sums.loss / sums.losses if sums.losses else None
        reasons = []
        if performance >= _OFTEN:
            reasons.append(f"performance was in alarm for {100 * performance:.0f} % of the month")
        if loss is not None and loss > self.drop / 2:
            reasons.append(f"accuracy was {100 * loss:.1f} points lower over the month")
        recommended = bool(reasons) and state.held is None and self._may(state, ts)
        if recommended:
            self._recommend(state, ts, "month", reasons)
        return Evaluation(
            month=f"{sums.month // 12:04d}-{sums.month % 12 + 1:02d}",
            windows=sums.windows,
            labels=sums.labels,
            performance_alarms=performance,
            feature_alarms=features,
            loss=loss,
            reasons=reasons,
            recommended=recommended,
        )


def _month(ts: int) -> int:
    at = datetime.fromtimestamp(ts / 1_000, UTC)
    return at.year * 12 + at.month - 1
