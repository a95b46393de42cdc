"""How often detectors speak where nothing changes: a soak in the closed windows of the stage."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from streamgauge.bench.detector.minute import PER_MINUTE, Closing, minutes, reference
from streamgauge.contracts.codec import encode
from streamgauge.contracts.measure import Signal
from streamgauge.contracts.reference import Reference
from streamgauge.settings import Settings
from streamgauge.stream_processors.detect_kept import Told
from streamgauge.stream_processors.reference_shelf import ReferenceShelf
from streamgauge.stream_processors.watch import Watch
from streamgauge.stream_processors.watchers import watchers

# What a stage tells of each closed window, as it stands on the topic.
Step = Callable[[bytes], Iterable[Told]]


def stage(frozen: Reference) -> Step:
    """All watchers of the stage `detect` with the default settings."""
    shelf = ReferenceShelf()
    shelf.put(frozen)
    return Watch(watchers(Settings()), shelf).step


class Soaked(NamedTuple):
    """What began in traffic without a change, by detector and stream, and for how many windows.

    An alarm that never ends hides the next one: that is why `held` is told, too.
    """

    kind: str
    events: int
    false: Counter[str]
    held: Counter[str]
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
            f"  {name:<40} {count:>5}  {1e6 * count / self.events:.2f} per million, "
            f"held in {self.held[name]:,} windows"
            for name, count in sorted(self.false.items())
        )
        return "\n".join([total, *each])


def soak(start: Callable[[Reference], Step], kind: str, events: int, seed: int) -> Soaked:
    """Let a stage that starts with a reference see so many events of one kind of traffic.

    Each signal that begins is a false alarm; the time is the processor time of its steps.
    """
    frozen = reference(kind, seed)
    closing, step = Closing(frozen), start(frozen)
    false: Counter[str] = Counter()
    held: Counter[str] = Counter()
    now: set[str] = set()
    spent = 0.0
    windows = max(events // PER_MINUTE, 1)
    for number, minute in enumerate(minutes(kind, windows, seed)):
        written = encode(closing.close(minute, number))
        begin = time.thread_time()
        told = list(step(written))
        spent += time.thread_time() - begin
        for signal in told:
            if isinstance(signal, Signal):
                name = f"{signal.detector}/{signal.stream}"
                if signal.active:
                    false[name] += 1
                    now.add(name)
                else:
                    now.discard(name)
        held.update(now)
    seen = windows * PER_MINUTE
    return Soaked(kind, seen, false, held, 1e6 * spent / seen)
