"""Windows that are over, as records of `summaries`: for the detectors, and for who adds days up."""

from collections.abc import Container
from typing import NamedTuple

import msgspec

from streamgauge.contracts.event import Labels
from streamgauge.contracts.summary import Sample
from streamgauge.contracts.summary import Summary as ClosedWindow
from streamgauge.metrics import packed
from streamgauge.metrics.cap import Key, rank
from streamgauge.metrics.heartbeat import Pulse
from streamgauge.metrics.profile import ProfileTable
from streamgauge.metrics.rollup import DAY, HOUR
from streamgauge.metrics.series_table import SeriesTable
from streamgauge.metrics.window import window_name

# (model, version).
_SERIES = 2
# Of the features of one record; as JSON a third more, well below what the topic takes.
_MOST = 4_000_000


class Window(NamedTuple):
    """Which window, in milliseconds; `base` windows are the narrowest.

    A `cohort` is a day of what the events are about, not of when they came.
    """

    width: int
    start: int
    final: bool
    base: bool
    cohort: bool = False

    @property
    def end(self) -> int:
        return self.start + self.width


def travels(window: Window) -> bool:
    """Whether a window goes to who adds days up; events that revise one make it go again."""
    return window.final and window.width == DAY and not window.cohort


def is_whole(source: str, key: Key, window: Window, told: Container[Key]) -> bool:
    """Whether detectors look at all of a window: of predictions with their features.

    They do of models, and of those values of dimensions that are told with their features. Of
    outcomes they look at the narrowest windows of models, as their truths came in.
    """
    if source == "predictions":
        return (len(key) == _SERIES or key in told) and (window.base or window.width in {HOUR, DAY})
    return source == "outcomes" and len(key) == _SERIES and window.base


def close_series(  # noqa: PLR0917 all of one record
    table: SeriesTable,
    key: Key,
    window: Window,
    labels: Labels,
    source: str,
    profile: ProfileTable | None,
) -> ClosedWindow:
    """A series with all its integers; with its features where a profile is given."""
    features, left_out = (b"", 0) if profile is None else _features(profile, key)
    draw = table.draws.get(key)
    row = table.rows[key]
    return ClosedWindow(
        labels=labels,
        window=window_name(window.width),
        start=window.start,
        end=window.end,
        count=int(table.column("events")[row, 0]),
        # What is drawn of a longer window is of base windows that are still open.
        sample=draw.sample() if draw is not None and window.base else Sample(),
        total=packed.encode_rows(table, [key]),
        profile=features,
        left_out=left_out,
        source=source,
        base=window.base,
    )


def close_pulse(pulse: Pulse, window: Window, labels: Labels, source: str) -> ClosedWindow:
    """A service with all that its heartbeats said."""
    return ClosedWindow(
        labels=labels,
        window=window_name(window.width),
        start=window.start,
        end=window.end,
        count=pulse.beats,
        total=msgspec.msgpack.encode(pulse),
        source=source,
        base=window.base,
    )


def _features(profile: ProfileTable, series: Key) -> tuple[bytes, int]:
    """The features of a series as bytes, and how many of them do not fit into a record.

    Those with the smallest hashes stay, as everywhere.
    """
    keys = [key for key in profile.rows if key[:-1] == series]
    kept = sorted(keys, key=lambda key: rank(key[-1]))
    while kept:
        written = packed.encode_profile(profile, sorted(kept))
        if len(written) <= _MOST:
            return written, len(keys) - len(kept)
        kept = kept[: len(kept) // 2]
    return b"", len(keys)
