"""What a track remembers between observations.

It depends on the observations alone, not on what was told, so that after a restart it comes back by
reading some of them again in silence.
"""

from streamgauge.alerting import duration
from streamgauge.alerting.judging.observation import Observation
from streamgauge.alerting.rules.rule import AlertingRule

# A series that sends nothing for so many windows is silent: nobody knows how it is.
QUIET_WINDOWS = 3


class Memory:
    """The newest of what was judged of one series; times in ms.

    `keep_since` is the first judgement that found the condition over, since it was last met.
    `lasts` says that the series is a signal, which holds until there is another.
    """

    __slots__ = ("_closed", "_order", "alive", "keep_since", "lasts", "seen", "width")

    def __init__(self) -> None:
        self._order: tuple[int, ...] | None = None
        self._closed: int | None = None
        self.alive: int | None = None
        self.width = 0
        self.lasts = False
        self.keep_since: int | None = None
        # Kept only where silence begins an alert.
        self.seen: Observation | None = None

    def take(self, rule: AlertingRule, seen: Observation) -> bool | None:
        """Whether windows are missing before it; None for what the rule is not to judge."""
        gap = False
        if rule.hold:
            if not seen.closed or (self._closed is not None and seen.end <= self._closed):
                return None
            gap = self._closed is not None and seen.start > self._closed and seen.signal is None
            self._closed = seen.end
        elif self._order is not None and seen.order <= self._order:
            return None
        self._order = seen.order
        self.alive = seen.at
        self.width = seen.end - seen.start
        self.lasts = seen.signal is not None
        if rule.extension.no_data == "alert":
            self.seen = seen
        return gap

    def weigh(self, at: int, *, over: bool) -> None:
        """Remember whether the condition is over."""
        if not over:
            self.keep_since = None
        elif self.keep_since is None:
            self.keep_since = at

    def pass_by(self, watermark: int, every: int) -> int:
        """How often so much time has passed since the last sign of life, which is then now."""
        times = 0 if self.alive is None else max(0, (watermark - self.alive) // every)
        if self.alive is not None:
            self.alive += times * every
        return times

    def is_silent(self, at: int) -> bool:
        """Whether there has been nothing for longer than a series may be silent."""
        known = self.alive is not None and not self.lasts
        return known and at > (self.alive or 0) + (QUIET_WINDOWS + 1) * self.width

    def silence(self, rule: AlertingRule, watermark: int) -> str:
        """For how long there has been no data, in words; empty while that is not too long."""
        if self.alive is None:
            # Restored: the silence is counted from here on, not from before the restart.
            self.alive = watermark
        extension = rule.extension
        patience = extension.no_data_for or QUIET_WINDOWS * self.width
        if self.lasts or watermark < self.alive + self.width + patience:
            return ""
        if extension.no_data_for:
            return f"no data for {duration.show(patience)}"
        return f"no data for {QUIET_WINDOWS} windows"
