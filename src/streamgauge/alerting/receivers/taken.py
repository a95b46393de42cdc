"""Who of several has a message already, while it is tried again for the others."""

from collections import OrderedDict

_REMEMBERED = 1_000


class Taken:
    """Remembers by the notice's key; after a crash everybody is told again."""

    def __init__(self) -> None:
        self._by_key: OrderedDict[str, set[str]] = OrderedDict()

    def of(self, key: str) -> set[str]:
        """Who has it; add to it.

        >>> taken = Taken()
        >>> taken.of("a").add("ops@example.org")
        >>> taken.of("a")
        {'ops@example.org'}
        """
        found = self._by_key.setdefault(key, set())
        while len(self._by_key) > _REMEMBERED:
            self._by_key.popitem(last=False)
        return found

    def forget(self, key: str) -> None:
        """It is told."""
        self._by_key.pop(key, None)
