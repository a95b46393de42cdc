"""Up to where everything is done: what may be committed. Pure."""


class Backlog:
    """Offsets with open work, in the order of the topic.

    >>> backlog = Backlog()
    >>> backlog.open(7, 2); backlog.open(8, 1)
    >>> backlog.done(8); backlog.position()
    >>> backlog.done(7); backlog.done(7); backlog.position()
    9
    """

    def __init__(self) -> None:
        self._left: dict[int, int] = {}
        self._position: int | None = None

    def __len__(self) -> int:
        return len(self._left)

    def open(self, offset: int, work: int) -> None:
        """So many results are awaited for a record; 0 is done at once."""
        self._left[offset] = work
        self._advance()

    def done(self, offset: int) -> None:
        """One result has come."""
        self._left[offset] -= 1
        self._advance()

    def position(self) -> int | None:
        """The offset to commit; None while nothing is done."""
        return self._position

    def _advance(self) -> None:
        while self._left:
            offset = next(iter(self._left))
            if self._left[offset]:
                return
            del self._left[offset]
            self._position = offset + 1
