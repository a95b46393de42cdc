"""How fast a channel may be asked: so many messages a second, after a burst. Pure."""


class Pace:
    """A bucket of tokens; `rate` None means as fast as it goes. Times in seconds.

    >>> pace = Pace(2.0, 2)
    >>> pace.take(0.0), pace.take(0.0), pace.take(0.0), pace.take(0.4), pace.take(0.5)
    (0.0, 0.0, 0.5, 0.1, 0.0)
    """

    def __init__(self, rate: float | None, burst: int) -> None:
        self._rate = rate
        self._most = self._tokens = float(burst)
        self._at = 0.0
        self._closed_until = 0.0

    def wait(self, now: float) -> float:
        """How long to wait until a token is there."""
        if now < self._closed_until:
            return self._closed_until - now
        if self._rate is None:
            return 0.0
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._rate)
        self._at = now
        return round((1 - self._tokens) / self._rate, 6) if self._tokens < 1 - 1e-9 else 0.0

    def take(self, now: float) -> float:
        """Take a token and return 0; or take none and return how long to wait."""
        if (wait := self.wait(now)) > 0:
            return wait
        self._tokens -= 1
        return 0.0

    def close(self, until: float) -> None:
        """The other side wants to be left alone until then."""
        self._closed_until = max(self._closed_until, until)
