"""One source partition that `reward` owns: what is written of it, what counts, what is pending."""

from collections import deque
from typing import NamedTuple

from streamgauge.stream_processors.held import Held
from streamgauge.stream_processors.kept_partition import KeptPartition
from streamgauge.stream_processors.reward_sums import Rewards, RewardSums, Totals, encode
from streamgauge.stream_processors.reward_total import RewardTotal


class Counted(NamedTuple):
    """Totals of all events below offset `next` of a source, which Kafka calls `topic_id`."""

    topic_id: str
    next: int
    totals: Totals


class RewardKept(KeptPartition[Rewards]):
    """Writes what is pending as deltas and bases, and knows which totals are known to count."""

    def __init__(self, held: Held[Rewards], total: RewardTotal, sums: RewardSums) -> None:
        super().__init__(held)
        self.total = total
        self._sums = sums
        # What a restore has found counts: its reader is the one that says so.
        self._counts = (held.counted, _copy(held.sums))
        self._written: deque[tuple[int, Totals]] = deque()

    @property
    def counted(self) -> Counted:
        """The newest totals that the log is known to count."""
        while self._written and self._written[0][0] <= self.held.counted:
            self._counts = self._written.popleft()
        end, totals = self._counts
        return Counted(self.held.topic_id, end, totals)

    def write(self, now: int) -> None:
        """Write a delta of all that is pending; nothing where no event came."""
        if self.position == self.held.next:
            return
        pending = self.total.take()
        self.held.sums.add(pending)
        self.held.flush(self.position, 0, encode(pending))
        self._written.append((self.position, _copy(self.held.sums)))

    def rebase(self) -> None:
        """Write all sums, so that a restore need not read further back; after a write."""
        self._rebase_what_counts(lambda: self._sums.dump(self.held.sums))


def _copy(sums: Rewards) -> Totals:
    return {
        experiment: {arm: list(pair) for arm, pair in arms.items()}
        for experiment, arms in sums.totals.items()
    }
