"""Everything that is added up in one window, of one partition or of several."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from streamgauge.metrics import series
from streamgauge.metrics.cap import Rule
from streamgauge.metrics.heartbeat import Pulse
from streamgauge.metrics.layout import Layout
from streamgauge.metrics.profile import ProfileTable
from streamgauge.metrics.series import Keep, Key
from streamgauge.metrics.series_table import SeriesTable, rule


class Shape(NamedTuple):
    """What is added up of a source's events.

    `full` is kept for each version of a model, `brief` for each value of a dimension; `profile`
    says whether features are. A `horizon` in milliseconds means that events are also counted by the
    day of what they are about, and for how long such a day may change. Where they are about the
    moment they come in, `days` is all that is kept of those days, and adds up from the windows.
    `segments` are the values of dimensions that have a profile of their own.
    """

    full: Layout[Any]
    brief: Layout[Any]
    rule: Rule
    profile: bool = False
    horizon: int = 0
    days: Layout[Any] | None = None
    segments: Mapping[str, frozenset[str]] = {}

    def of_days(self) -> "Shape":
        """What is added up of the days of what events are about."""
        return self if self.days is None else Shape(self.days, self.days, rule())


def event_shape(layout: Layout[Any]) -> Shape:
    """What is added up of events that have neither dimensions nor features."""
    return Shape(layout, layout, rule())


class Total:
    """The sums of a window: of series, of values of dimensions, of features, of services."""

    def __init__(self, shape: Shape, *, fine: bool = False) -> None:
        self.shape = shape
        self.series = SeriesTable(shape.full, shape.rule)
        self.brief = SeriesTable(shape.brief, shape.rule)
        self.profile = ProfileTable(fine=fine)
        self.pulses: dict[Key, Pulse] = {}
        self._keep: Keep[Pulse] = Keep()

    def add(self, other: "Total", *, profile: bool = True) -> None:
        """Add all that another total holds, or all but its features."""
        self.series.add(other.series)
        self.brief.add(other.brief)
        if profile:
            self.profile.add(other.profile)
        self.add_pulses(other.pulses)

    def add_pulses(self, pulses: Mapping[Key, Pulse]) -> None:
        """Add heartbeats of services."""
        for key, pulse in pulses.items():
            held = self.pulses.get(key)
            if held is not None:
                self.pulses[key] = held.merge(pulse)
                continue
            found = self._keep.enter(self.pulses, key, pulse)
            if found is not pulse:
                self.pulses[series.other(key)] = found.merge(pulse)

    @property
    def nbytes(self) -> int:
        """How much memory the tables take."""
        return self.series.nbytes + self.brief.nbytes + self.profile.nbytes
