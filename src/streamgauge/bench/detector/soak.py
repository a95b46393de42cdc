"""How often detectors speak where nothing changes: a soak in the closed windows of the stage."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from streamgauge.bench.detector.minute import PER_MINUTE, Closing, minutes, reference
from streamgauge.contracts.measure import Measure, Signal
from streamgauge.contracts.reference import Reference
from streamgauge.contracts.summary import Summary

# What a stage tells of each closed window.
Step = Callable[[Summary], Iterable[Signal | Measure]]


class Soaked(NamedTuple):
    """What began in traffic without a change; `false` is by detector and stream."""

    kind: str
    events: int
    false: Counter[str]
    us_per_event: float

    @property
    def per_million(self) -> float:
        """False alarms of all detectors and streams together, per million events."""
        return 1e6 * self.false.total() / self.events

    def __str__(self) -> str:
        total = (
            f"{self.kind}: {self.events:,} events, {self.false.total()} false alarms, "
            f"{self.per_million:.2f} per million, {self.us_per_event:.2f} µs an event"
        )
        each = (
            f"  {name:<40} {count:>5}  {1e6 * count / self.events:.2f} per million"
            for name, count in sorted(self.false.items())
        )
        return "\n".join([total, *each])


def soak(start: Callable[[Reference], Step], kind: str, events: int, seed: int) -> Soaked:
    """Let a stage that starts with a reference see so many events of one kind of traffic.

    Each signal that begins is a false alarm; the time is that of the stage's steps.
    """
    frozen = reference(kind, seed)
    closing, step = Closing(frozen), start(frozen)
    false: Counter[str] = Counter()
    spent = 0.0
    windows = max(events // PER_MINUTE, 1)
    for number, minute in enumerate(minutes(kind, windows, seed)):
        summary = closing.close(minute, number)
        begin = time.perf_counter()
        told = list(step(summary))
        spent += time.perf_counter() - begin
        false.update(
            f"{one.detector}/{one.stream}" for one in told if isinstance(one, Signal) and one.active
        )
    seen = windows * PER_MINUTE
    return Soaked(kind, seen, false, 1e6 * spent / seen)
