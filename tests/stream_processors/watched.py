"""Closed windows as they travel to `detect`, and what watchers make of them."""

from collections.abc import Iterable, Sequence
from typing import Any

from tests.metrics.event import MINUTE, T0
from tests.stream_processors.partition_log import SETTINGS, Log, Reader, closed

from streamgauge.contracts.codec import encode
from streamgauge.contracts.measure import Measure, Signal
from streamgauge.contracts.reference import Reference
from streamgauge.contracts.summary import Summary
from streamgauge.metrics.schema import Grids
from streamgauge.metrics.window import window_name
from streamgauge.settings import Settings
from streamgauge.stream_processors.detect_kept import Told
from streamgauge.stream_processors.reference_shelf import ReferenceShelf
from streamgauge.stream_processors.watch import Watch
from streamgauge.stream_processors.watcher import Watcher


def windows(
    batches: Iterable[Sequence[Any]],
    source: str = "predictions",
    settings: Settings = SETTINGS,
    references: Sequence[Reference] = (),
    width: int = MINUTE,
) -> list[Summary]:
    """The closed windows of events, a batch a window, counted on the grids of references."""
    known = Grids()
    for one in references:
        assert known.add(one) is None
    log = Log(source, settings, known)
    reader = Reader(topic=source, settings=settings, grids=known)
    found: list[Summary] = []
    for number, batch in enumerate(batches):
        end = T0 - T0 % width + (number + 1) * width
        reader.take(log.add(batch, idle=end), 0.0)
        found += closed(reader.publish(0.0), window_name(width))
    return found


def watch(
    watchers: Sequence[Watcher],
    summaries: Sequence[Summary],
    references: Sequence[Reference] = (),
    restart: int = 0,
) -> list[Told]:
    """What is told of windows; with `restart` by another process after so many of them each."""
    shelf = ReferenceShelf()
    for one in references:
        shelf.put(one)
    states: dict[str, bytes] = {}
    looker = Watch(watchers, shelf)
    told: list[Told] = []
    for number, summary in enumerate(summaries):
        if restart and number % restart == 0:
            states |= looker.take()
            looker = Watch(watchers, shelf, states)
        told += looker.step(encode(summary))
        assert not looker.failed
    return told


def signals(told: Iterable[Told]) -> list[Signal]:
    """The signals among what was told."""
    return [one for one in told if isinstance(one, Signal)]


def measures(told: Iterable[Told]) -> list[Measure]:
    """The figures among what was told."""
    return [one for one in told if isinstance(one, Measure)]
