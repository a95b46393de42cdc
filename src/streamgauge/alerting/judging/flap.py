"""How much an alert comes and goes: the weighted share of changes over its last judgements.

Nagios' "Detection and Handling of State Flapping" and Kapacitor's `flapping`: 21 states have 20
places for a change; the newest weighs 1.2, the oldest 0.8.
"""

from collections.abc import Iterable

STATES = 21
_PLACES = STATES - 1
# The weight of a change, by how many judgements lie between it and the newest.
_WEIGHTS = tuple(1.2 - 0.4 * age / (_PLACES - 1) for age in range(_PLACES))


class Flap:
    """The last states of one alert, newest last.

    >>> flap = Flap()
    >>> for state in (False, True, False, True):
    ...     flap.add(state)
    >>> round(flap.share, 3)
    0.177
    """

    __slots__ = ("_changes", "_last")

    def __init__(self) -> None:
        self._last: bool | None = None
        # A bit for each place, the newest lowest.
        self._changes = 0

    def add(self, state: bool) -> None:
        """Take a judgement."""
        changed = self._last is not None and state != self._last
        self._changes = ((self._changes << 1) | changed) & ((1 << _PLACES) - 1)
        self._last = state

    def repeat(self, times: int) -> None:
        """Take the last state so many times more."""
        if times > 0 and self._last is not None:
            self._changes = (self._changes << min(times, _PLACES)) & ((1 << _PLACES) - 1)

    def is_news(self, state: bool) -> bool:
        """Whether the state is not the last one."""
        return state != self._last

    @property
    def share(self) -> float:
        """The weighted share of changes, 0 to 1; what was before the first state is no change."""
        return sum(_weights(self._changes)) / _PLACES


def _weights(changes: int) -> Iterable[float]:
    return (_WEIGHTS[age] for age in range(_PLACES) if changes >> age & 1)
