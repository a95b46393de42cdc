"""What time it is for the notifier: the broker's, also between records, and never backwards. Pure.

A wall clock may be wrong or jump. The broker stamps each record when it gets it, so it is at least
as late there as the newest stamp, plus what the monotonic clock here has counted since.
"""


class Clock:
    """Milliseconds since 1970 of the broker; `wall` and `monotonic` in milliseconds to begin with.

    >>> clock = Clock(wall=1_000, monotonic=50)
    >>> clock.hear(1_400, monotonic=60)
    1400
    >>> clock.now(monotonic=70), clock.hear(1_300, monotonic=80)
    (1410, 1420)
    """

    def __init__(self, wall: int, monotonic: int) -> None:
        self._ahead = wall - monotonic
        self._told = False
        self._last = 0

    def hear(self, stamp: int, monotonic: int) -> int:
        """A record was stamped so; returns the time at which it counts as come."""
        ahead = stamp - monotonic
        # The first stamp replaces the wall clock; later ones only show less delay.
        self._ahead = max(self._ahead, ahead) if self._told else ahead
        self._told = True
        return self.now(monotonic)

    def replay(self, stamp: int) -> int:
        """A record that lay there came at its stamp, or when the one before it came."""
        self._last = max(self._last, stamp)
        return self._last

    def now(self, monotonic: int) -> int:
        """The time; the same as before if clocks went back."""
        self._last = max(self._last, monotonic + self._ahead)
        return self._last
