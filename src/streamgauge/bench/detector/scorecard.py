"""Scores candidates: on changing streams how soon and how rightly, on still ones how often."""

import logging
import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from streamgauge.bench.detector.score import Found, match
from streamgauge.bench.detector.simulated import (
    AUTOCORRELATED,
    DAILY,
    STATIONARY,
    Source,
    calm,
    changing,
)
from streamgauge.bench.detector.stream import Candidate, Stream
from streamgauge.bench.detector.synthetic import worlds

_log = logging.getLogger(__name__)

# What a stream without a change is made in: a detector starts anew with each part.
_PART = 100_000
# What is only reported, not promised, gets this part of the events.
_REPORTED = 5


class Effort(NamedTuple):
    """How much a run looks at: repetitions of each change, and events of each still source.

    `matched` are events without a change and repetitions of the matched comparison, `timed` the
    windows over which the stage is timed.
    """

    changes: int
    worlds: int
    calm: int
    matched: tuple[int, int]
    timed: int
    seed: int = 20261121


class Card(NamedTuple):
    """What is known of one candidate.

    `found` is by the name of the stream. `false_per_million` is by the set of still streams:
    stationary, autocorrelated, daily.
    """

    name: str
    found: dict[str, Found]
    false_per_million: dict[str, float]
    us_per_event: float

    @property
    def total(self) -> Found:
        """All changes together."""
        total = Found()
        for found in self.found.values():
            total.add(found)
        return total

    def figures(self) -> dict[str, float]:
        """As the scorecard names them."""
        total = self.total
        told = {
            "precision": total.precision,
            "recall": total.recall,
            "median_delay": total.median_delay,
            "false_alarms_per_million": self.false_per_million["stationary"],
            "autocorrelated_false_alarms_per_million": self.false_per_million["autocorrelated"],
            "daily_false_alarms_per_million": self.false_per_million["daily"],
            "us_per_event": self.us_per_event,
        }
        return {f"{self.name}_{figure}": value for figure, value in told.items()}


_STILL: dict[str, dict[str, Source]] = {
    "stationary": STATIONARY,
    "autocorrelated": AUTOCORRELATED,
    "daily": DAILY,
}


def score(candidate: Candidate, effort: Effort) -> Card:
    """Let a candidate watch all streams that it is made for."""
    found: dict[str, Found] = {}
    for stream in labelled(candidate, effort):
        found.setdefault(stream.name, Found()).add(match(stream, candidate.watch(stream)))
    false, costs = {}, []
    for name, sources in _STILL.items():
        events = int(effort.calm * candidate.part)
        if name != "stationary":
            events //= _REPORTED
        streams = calm(sources, candidate.kinds, events, effort.seed, at_once=_PART)
        watched = _watched(candidate, streams)
        false[name] = 1e6 * watched.alarms / max(watched.events, 1)
        if name == "stationary":
            costs.append(1e6 * watched.seconds / max(watched.events, 1))
    _log.info("%s was scored", candidate.name)
    return Card(candidate.name, found, false, costs[0])


def labelled(candidate: Candidate, effort: Effort) -> Iterator[Stream]:
    """The streams with changes that a candidate sees: each change at least once."""
    for repetition in range(max(int(effort.changes * candidate.part), 1)):
        yield from changing(candidate.kinds, effort.seed + repetition)
    if "rate" in candidate.kinds:
        for repetition in range(effort.worlds):
            yield from worlds(effort.seed + repetition)


class _Watched(NamedTuple):
    alarms: int
    events: int
    seconds: float


def _watched(candidate: Candidate, streams: Iterable[Stream]) -> _Watched:
    alarms, events, seconds = 0, 0, 0.0
    for stream in streams:
        # What a stream must be made into first, such as counts, is not the detector's.
        watching = candidate.watch(stream)
        begin = time.thread_time()
        alarms += sum(1 for _ in watching)
        seconds += time.thread_time() - begin
        events += len(stream.values)
    return _Watched(alarms, events, seconds)
