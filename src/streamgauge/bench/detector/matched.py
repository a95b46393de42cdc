"""Who is sooner: the e-process of error rates, or an ADWIN that makes as many false alarms."""

from collections.abc import Callable, Iterator
from itertools import islice
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from river import drift

from streamgauge.bench.detector.stream import REFERENCE, WINDOW
from streamgauge.detectors.rate import Rate
from streamgauge.metrics.column import Ints

RATE = 0.1
TIMES = (1.5, 2.0, 3.0)
# Bounds of ADWIN on a false cut, from hardly ever to ten false alarms a million.
_DELTAS = tuple(0.0005 * 1.15**step for step in range(34))
_CALM = 5_000
# Windows that are looked at for a change before it counts as missed.
_HORIZON = 200
_PART = 500_000

# Errors in each window; yields how many windows had been seen at an alarm, and starts anew.
Alarms = Callable[[Iterator[int], np.random.Generator], Iterator[int]]


class Matched(NamedTuple):
    """False alarms per million of both, and their median delays in events by the change."""

    delta: float
    rate_false: float
    adwin_false: float
    rate_delays: dict[float, float]
    adwin_delays: dict[float, float]

    def figures(self) -> dict[str, float]:
        """By name; `slower` is the delay of the e-process over that of ADWIN, at its worst."""
        told = {
            "matched_rate_false_alarms_per_million": self.rate_false,
            "matched_adwin_false_alarms_per_million": self.adwin_false,
            "matched_slower": max(self.rate_delays[x] / self.adwin_delays[x] for x in TIMES),
        }
        for x in TIMES:
            name = f"x{x:g}".replace(".", "_")
            told[f"matched_rate_delay_{name}"] = self.rate_delays[x]
            told[f"matched_adwin_delay_{name}"] = self.adwin_delays[x]
        return told


def match_adwin(events: int, repetitions: int, seed: int) -> Matched:
    """Tune ADWIN on `events` without a change, then let both find each change so many times.

    Both are told of windows of 50 events at their ends. ADWIN gets the largest bound with which it
    makes no more false alarms than the e-process does, or one where that makes none.
    """
    ours = _false(rates, events, seed)
    low, high = 0, len(_DELTAS) - 1
    counted: dict[int, int] = {}
    while low < high:
        middle = (low + high + 1) // 2
        counted[middle] = _false(adwins(_DELTAS[middle]), events, seed)
        if counted[middle] <= max(ours, 1):
            low = middle
        else:
            high = middle - 1
    delta = _DELTAS[low]
    theirs = counted[low] if low in counted else _false(adwins(delta), events, seed)
    return Matched(
        delta,
        1e6 * ours / events,
        1e6 * theirs / events,
        {x: _delay(rates, x, repetitions, seed) for x in TIMES},
        {x: _delay(adwins(delta), x, repetitions, seed) for x in TIMES},
    )


def rates(windows: Iterator[int], random: np.random.Generator) -> Iterator[int]:
    """The alarms of the e-process with its default settings; each start has a reference anew."""
    watch = Rate()
    state = None
    for seen, errors in enumerate(windows, 1):
        if state is None:
            state = watch.start(REFERENCE, random.binomial(REFERENCE, RATE))
        shift = watch.step(state, WINDOW, errors)
        if shift is not None and shift.active:
            yield seen
            state = None


def adwins(delta: float) -> Alarms:
    """The alarms of river's ADWIN on each single error."""

    def alarms(windows: Iterator[int], random: np.random.Generator) -> Iterator[int]:
        window: Any = drift.ADWIN  # river's constructors are untyped
        adwin = window(delta=delta)
        for seen, errors in enumerate(windows, 1):
            places = np.zeros(WINDOW, np.int64)
            places[random.permutation(WINDOW)[:errors]] = 1
            found = False
            for error in places.tolist():
                adwin.update(error)
                found = found or adwin.drift_detected
            if found:
                yield seen
                adwin = window(delta=delta)

    return alarms


def _false(alarms: Alarms, events: int, seed: int) -> int:
    random = np.random.default_rng([seed, 0])
    found = 0
    for begin in range(0, events, _PART):
        drawn = _errors(random, RATE, min(_PART, events - begin) // WINDOW)
        found += sum(1 for _ in alarms(iter(drawn.tolist()), random))
    return found


def _delay(alarms: Alarms, times: float, repetitions: int, seed: int) -> float:
    """The median delay in events; a change that is missed took the whole horizon."""
    calm = _CALM // WINDOW
    delays = []
    for repetition in range(repetitions):
        random = np.random.default_rng([seed, 1, repetition])
        drawn = np.append(_errors(random, RATE, calm), _errors(random, RATE * times, _HORIZON))
        later = (seen for seen in alarms(iter(drawn.tolist()), random) if seen > calm)
        found = next(islice(later, 1), calm + _HORIZON)
        delays.append((found - calm) * WINDOW)
    return float(median(delays))


def _errors(random: np.random.Generator, rate: float, windows: int) -> Ints:
    return np.asarray(random.binomial(WINDOW, rate, windows))
