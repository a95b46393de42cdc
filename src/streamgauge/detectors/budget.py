"""How many false alarms a month are allowed, and what part of them a window may spend."""

import msgspec

_MONTH = 30 * 86_400_000
# One window may never spend a whole false alarm, however long it is or however many it counts.
_MOST = 0.01


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The one setting of always-valid alarms: `false_alarms` a month, shared by all `monitors`.

    An alarm needs evidence of one over what was spent since it began to watch. So the false alarms
    of a month are bounded whatever the traffic is and however it is cut into windows.

    >>> Budget(false_alarms=2.0, monitors=100).of_time(30 * 86_400_000 / 10_000)
    2e-06
    """

    false_alarms: float = 1.0
    monitors: int = 1

    def of_time(self, milliseconds: float) -> float:
        """The part of one false alarm that one monitor may spend in so much time."""
        return self._part(milliseconds / _MONTH)

    def of_events(self, events: float, a_month: float) -> float:
        """The same for so many events of a monitor that has `a_month` of them.

        >>> Budget().of_events(50, a_month=1_000_000)
        5e-05
        """
        return self._part(events / a_month)

    def _part(self, month: float) -> float:
        return min(month * self.false_alarms / max(self.monitors, 1), _MOST)
