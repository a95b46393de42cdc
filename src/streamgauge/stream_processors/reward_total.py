"""The totals of one source partition: trials and rewards of every arm. Pure."""

from collections.abc import Mapping, Sequence

import msgspec

from streamgauge.contracts.dead_letter import Reject
from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.receipt import Receipts
from streamgauge.experiments.reward import reward
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
    """Adds outcomes and feedback of one partition to the arms that their receipts name."""

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
        self, events: Sequence[Outcome | Feedback], offsets: Sequence[int], now: int
    ) -> list[tuple[int, Reject]]:
        """Count events; returns those whose receipt is not ours, with their offsets.

        An event without a receipt, of an experiment that does not run, or that corrects an earlier
        one, is unrelated: counted, nothing else.
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
            experiment = self._experiments.get(claims.experiment or "")
            worth = None
            if experiment and claims.arm in experiment.arms and not _corrects(event):
                worth = reward(experiment, event, claims)
            if worth is None:
                self.record.unrelated += 1
                continue
            arms = self.record.totals.setdefault(str(claims.experiment), {})
            total = arms.setdefault(str(claims.arm), [0, 0])
            total[0] += 1
            total[1] += round(worth * _MICRO)
        self.record.rejected += len(rejects)
        return rejects


def _corrects(event: Outcome | Feedback) -> bool:
    return isinstance(event, Outcome) and event.revision > 0


def add_up(parts: Sequence[Totals], experiment: str) -> tuple[dict[str, int], dict[str, float]]:
    """Trials and rewards of an experiment's arms over all partitions.

    >>> add_up([{"e": {"a": [2, 1_000_000]}}, {"e": {"a": [1, 0]}}], "e")
    ({'a': 3}, {'a': 1.0})
    """
    trials: dict[str, int] = {}
    rewards: dict[str, int] = {}
    for totals in parts:
        for arm, (count, worth) in totals.get(experiment, {}).items():
            trials[arm] = trials.get(arm, 0) + count
            rewards[arm] = rewards.get(arm, 0) + worth
    return trials, {arm: worth / _MICRO for arm, worth in rewards.items()}
