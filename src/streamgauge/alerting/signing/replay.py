"""What was used once is not used again, for as long as it would be valid."""

from collections import OrderedDict


class Replays:
    """Remembers tokens until they expire; at most `most`, the oldest are given up first."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._until: OrderedDict[str, float] = OrderedDict()

    def use(self, token: str, now: float, lasts: float) -> bool:
        """Use it; False if it was used before.

        >>> seen = Replays()
        >>> seen.use("a", 0.0, 300.0), seen.use("a", 1.0, 300.0), seen.use("a", 301.0, 300.0)
        (True, False, True)
        """
        if self._until.get(token, now) > now:
            return False
        self._until[token] = now + lasts
        self._until.move_to_end(token)
        while len(self._until) > self._most:
            self._until.popitem(last=False)
        return True
