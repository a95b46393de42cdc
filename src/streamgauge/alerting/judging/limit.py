"""A rule's `limit`: of more alerts than that none is told, as in Prometheus."""

from collections.abc import Collection


class Limit:
    """Whose condition is met now, of one rule."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._wanting: set[str] = set()

    def take(self, fingerprint: str, *, met: bool) -> bool:
        """Take a judgement; whether the rule is beyond its limit."""
        if met:
            self._wanting.add(fingerprint)
        else:
            self._wanting.discard(fingerprint)
        return self.is_exceeded

    def take_all(self, fingerprints: Collection[str]) -> bool:
        """Take the judgements of all at once; whether the rule is beyond its limit."""
        self._wanting = set(fingerprints)
        return self.is_exceeded

    @property
    def is_exceeded(self) -> bool:
        """Whether there are more than the limit."""
        return len(self._wanting) > self._limit

    @property
    def text(self) -> str:
        """What is wrong, in Prometheus' words."""
        return f"exceeded limit of {self._limit} with {len(self._wanting)} alerts"
