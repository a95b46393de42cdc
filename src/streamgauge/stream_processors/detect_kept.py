"""One partition of `summaries` that `detect` owns: its series, and how they are written down."""

import time

from streamgauge.stream_processors.detect_sums import DetectSums, States, encode, replace
from streamgauge.stream_processors.held import Held
from streamgauge.stream_processors.kept_partition import KeptPartition
from streamgauge.stream_processors.watch import Watch


class DetectKept(KeptPartition[States]):
    """Writes the states that changed as deltas, all of them as bases."""

    def __init__(self, held: Held[States], watch: Watch, sums: DetectSums) -> None:
        super().__init__(held)
        self.watch = watch
        self._sums = sums
        self._based = -1

    def write(self, now: int) -> None:
        """Write a delta of all that changed; nothing where no window came."""
        if self.position == self.held.next:
            return
        changed = self.watch.take()
        replace(self.held.sums, changed)
        self.held.flush(self.position, 0, encode(changed))

    def rebase(self) -> None:
        """Write all states, so that a restore need not read further back; after a write.

        Not before all that was written counts: a skip may be among it, which a base would hide.
        """
        if self.held.settled and self.held.next > self._based:
            self._based = self.held.next
            self.held.rebase(self._sums.dump(self.held.sums), 0)
            self.rebased = time.monotonic()
