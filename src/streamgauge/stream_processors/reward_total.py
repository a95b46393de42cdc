"""The totals of one source partition: trials and rewards of every arm. Pure."""

from collections.abc import Mapping, Sequence

import msgspec

from streamgauge.contracts.dead_letter import Reject
from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.receipt import Receipts
from streamgauge.experiments.reward import reward, worth
from streamgauge.metrics.label import Label
from streamgauge.settings import Experiment

VERSION = 1
_MICRO = 1_000_000

# experiment → arm → [trials, rewards in millionths]: integers, so that sums have no order.
Totals = dict[str, dict[str, list[int]]]


class RewardRecord(msgspec.Struct, kw_only=True, gc=False):
    """Absolute totals of a partition after the events below `next`; replaces earlier ones."""

    v: int = VERSION
    partition: int
    next: int
    totals: Totals
    rejected: int = 0
    unrelated: int = 0


class RewardTotal:
    """Adds labels and feedback of one partition to the arms that their receipts name."""

    def __init__(
        self,
        partition: int,
        desk: Receipts,
        experiments: Mapping[str, Experiment],
        restored: RewardRecord | None = None,
    ) -> None:
        self.record = restored or RewardRecord(partition=partition, next=0, totals={})
        self._desk = desk
        self._experiments = experiments

    def add(
        self, events: Sequence[Feedback], offsets: Sequence[int], now: int
    ) -> list[tuple[int, Reject]]:
        """Count feedback; returns what has a receipt that is not ours, with its offset.

        Feedback without a receipt, or of an experiment that does not run, is unrelated: counted,
        nothing else.
        """
        rejects = []
        for event, offset in zip(events, offsets, strict=True):
            if event.receipt is None:
                self.record.unrelated += 1
                continue
            claims = self._desk.check(event.receipt, now)
            if isinstance(claims, Reject):
                rejects.append((offset, claims))
                continue
            experiment = self._runs(claims.experiment, claims.arm)
            value = reward(experiment, event, claims) if experiment else None
            self._move(claims.experiment, claims.arm, None, value)
        self.record.rejected += len(rejects)
        return rejects

    def count(self, labels: Sequence[Label]) -> None:
        """Count labels: one that replaces another takes the other's reward back.

        What does not apply, or belongs to no experiment that runs, is unrelated.
        """
        for label in labels:
            before = after = None
            experiment = self._runs(label.experiment, label.arm)
            if experiment and label.applies:
                after = worth(experiment, label.truth, label.reward, label.prediction)
                if label.old_truth is not None:
                    before = worth(experiment, label.old_truth, label.old_reward, label.prediction)
            self._move(label.experiment, label.arm, before, after)

    def _runs(self, name: str | None, arm: str | None) -> Experiment | None:
        experiment = self._experiments.get(name or "")
        return experiment if experiment and arm in experiment.arms else None

    def _move(
        self, experiment: str | None, arm: str | None, before: float | None, after: float | None
    ) -> None:
        """Replace one reward by another; None is no trial at all."""
        if before is None and after is None:
            self.record.unrelated += 1
            return
        total = self.record.totals.setdefault(str(experiment), {}).setdefault(str(arm), [0, 0])
        for value, sign in ((before, -1), (after, 1)):
            if value is not None:
                total[0] += sign
                total[1] += sign * round(value * _MICRO)


def add_up(parts: Sequence[Totals], experiment: str) -> tuple[dict[str, int], dict[str, float]]:
    """Trials and rewards of an experiment's arms over all partitions.

    >>> add_up([{"e": {"a": [2, 1_000_000]}}, {"e": {"a": [1, 0]}}], "e")
    ({'a': 3}, {'a': 1.0})
    """
    trials: dict[str, int] = {}
    rewards: dict[str, int] = {}
    for totals in parts:
        for arm, (count, millionths) in totals.get(experiment, {}).items():
            trials[arm] = trials.get(arm, 0) + count
            rewards[arm] = rewards.get(arm, 0) + millionths
    return trials, {arm: total / _MICRO for arm, total in rewards.items()}
