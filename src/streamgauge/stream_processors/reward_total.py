"""Labels and feedback to trials and rewards of the arms that their receipts name. Pure."""

from collections.abc import Mapping, Sequence

from streamgauge.contracts.dead_letter import Reject
from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.receipt import Receipts
from streamgauge.experiments.reward import reward, worth
from streamgauge.metrics.label import Label
from streamgauge.settings import Experiment
from streamgauge.stream_processors.reward_sums import Rewards

_MICRO = 1_000_000


class RewardTotal:
    """Adds the events of one partition to `pending`, which is what nobody has written down yet."""

    def __init__(self, desk: Receipts, experiments: Mapping[str, Experiment]) -> None:
        self.pending = Rewards()
        self._desk = desk
        self._experiments = experiments

    def take(self) -> Rewards:
        """All that is pending; nothing is afterwards."""
        taken, self.pending = self.pending, Rewards()
        return taken

    def rate(
        self, events: Sequence[Feedback], offsets: Sequence[int], times: Sequence[int]
    ) -> list[tuple[int, Reject]]:
        """Count feedback; returns what has a receipt that is not ours, with its offset.

        A receipt is valid or not as the broker got the event, at `times`.

        Feedback without a receipt, or of an experiment that does not run, is unrelated: counted,
        nothing else.
        """
        rejects = []
        for event, offset, at in zip(events, offsets, times, strict=True):
            if event.receipt is None:
                self.pending.unrelated += 1
                continue
            claims = self._desk.check(event.receipt, at)
            if isinstance(claims, Reject):
                rejects.append((offset, claims))
                continue
            experiment = self._runs(claims.experiment, claims.arm)
            value = reward(experiment, event, claims) if experiment else None
            self._move(claims.experiment, claims.arm, None, value)
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
            self.pending.unrelated += 1
            return
        for value, sign in ((before, -1), (after, 1)):
            if value is not None:
                self.pending.move(str(experiment), str(arm), sign, sign * round(value * _MICRO))
