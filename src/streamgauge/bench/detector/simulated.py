"""Streams from random numbers: each is known by its name and a seed."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np

from streamgauge.bench.detector.stream import REFERENCE, Kind, Stream
from streamgauge.metrics.column import Floats

FEATURES = 20
# Events before a change, and after it.
CALM = 5_000
HORIZON = 10_000
# A day of the streams with a daily cycle, in events.
DAY = 20_000
# The share that a value hands on to the next one in an autocorrelated stream.
_CARRIED = 0.5

Draw = Callable[[np.random.Generator, int], Floats]


def errors(random: np.random.Generator, size: int, *, rate: float) -> Floats:
    """Errors as 1 and successes as 0."""
    return (random.random(size) < rate).astype(np.float64)


def daily_errors(random: np.random.Generator, size: int, *, rate: float) -> Floats:
    """Errors whose rate is a half higher at noon than on average, and a half lower at night."""
    return (random.random(size) < rate * (1 + 0.5 * _cycle(size))).astype(np.float64)


def sticky_errors(random: np.random.Generator, size: int, *, rate: float) -> Floats:
    """Errors that come in runs: a value is the one before it, or drawn anew."""
    fresh = random.random(size) >= _CARRIED
    fresh[0] = True
    drawn = errors(random, size, rate=rate)
    return np.asarray(drawn[np.maximum.accumulate(np.where(fresh, np.arange(size), 0))])


def normal(random: np.random.Generator, size: int) -> Floats:
    """Standard normal values."""
    return random.standard_normal(size)


def heavy(random: np.random.Generator, size: int) -> Floats:
    """Student's t with three degrees of freedom: a variance, but no fourth moment."""
    return random.standard_t(3, size)


def autocorrelated(random: np.random.Generator, size: int) -> Floats:
    """An autoregressive series of first order, with variance 1."""
    from scipy.signal import lfilter

    noise = random.standard_normal(size)
    noise[1:] *= np.sqrt(1 - _CARRIED**2)
    return np.asarray(lfilter([1.0], [1.0, -_CARRIED], noise))


def daily(random: np.random.Generator, size: int) -> Floats:
    """Normal values whose mean goes up and down by one deviation each day."""
    return random.standard_normal(size) + _cycle(size)


def _cycle(size: int) -> Floats:
    return np.asarray(np.sin(np.arange(size) * (2 * np.pi / DAY)))


class Source(NamedTuple):
    """How to draw the values of a kind; with a `cycle`, they repeat themselves."""

    kind: Kind
    draw: Draw
    cycle: int = 0


def _table(draw: Draw) -> Draw:
    def rows(random: np.random.Generator, size: int) -> Floats:
        return np.column_stack([draw(random, size) for _ in range(FEATURES)])

    return rows


STATIONARY = {
    "errors of .1": Source("rate", partial(errors, rate=0.1)),
    "errors of .02": Source("rate", partial(errors, rate=0.02)),
    "normal": Source("number", normal),
    "heavy-tailed": Source("number", heavy),
    "normal features": Source("table", _table(normal)),
    "heavy-tailed features": Source("table", _table(heavy)),
}
AUTOCORRELATED = {
    "errors in runs": Source("rate", partial(sticky_errors, rate=0.1)),
    "autocorrelated": Source("number", autocorrelated),
    "autocorrelated features": Source("table", _table(autocorrelated)),
}
DAILY = {
    "errors by day": Source("rate", partial(daily_errors, rate=0.1), DAY),
    "by day": Source("number", daily, DAY),
    "features by day": Source("table", _table(daily), DAY),
}


def calm(
    sources: dict[str, Source], kinds: frozenset[Kind], events: int, seed: int, *, at_once: int
) -> Iterator[Stream]:
    """Streams without a change, `events` of each source in parts, each part with its reference."""
    for number, (name, source) in enumerate(sources.items()):
        if source.kind not in kinds:
            continue
        random = np.random.default_rng([seed, number])
        for begin in range(0, events, at_once):
            size = min(at_once, events - begin)
            reference = source.draw(random, max(source.cycle, REFERENCE))
            yield Stream(
                name, source.kind, source.draw(random, size), reference, cycle=source.cycle
            )


def changing(kinds: frozenset[Kind], seed: int) -> Iterator[Stream]:
    """One stream of each change, of these kinds; other seeds are repetitions."""
    if "rate" in kinds:
        for number, (rate, times) in enumerate(RATES):
            yield rate_change(rate, times, np.random.default_rng([seed, 1, number]))
    for number, (shift, factor) in enumerate(MOVES):
        if "table" in kinds:
            random = np.random.default_rng([seed, 2, number])
            yield table_change(shift, factor, random)
        if "number" in kinds:
            random = np.random.default_rng([seed, 3, number])
            yield number_change(shift, factor, random)


# An error rate and what it is multiplied by.
RATES = [(0.1, 1.5), (0.1, 2.0), (0.1, 3.0), (0.1, 0.5), (0.02, 1.5), (0.02, 2.0), (0.02, 3.0)]
# By how many deviations a mean moves, and by what the deviation is multiplied.
MOVES = [(0.2, 1.0), (0.5, 1.0), (1.0, 1.0), (0.0, 1.5)]


def rate_change(rate: float, times: float, random: np.random.Generator) -> Stream:
    """Errors whose rate changes."""
    return _change(
        rate_name(rate, times),
        "rate",
        np.append(
            errors(random, CALM, rate=rate), errors(random, HORIZON, rate=min(rate * times, 1.0))
        ),
        errors(random, REFERENCE, rate=rate),
    )


def rate_name(rate: float, times: float) -> str:
    """The name of such a change.

    >>> rate_name(0.1, 1.5)
    'errors 0.1 x1.5'
    """
    return f"errors {rate:g} x{times:g}"


def number_change(shift: float, factor: float, random: np.random.Generator) -> Stream:
    """Normal values whose mean or deviation changes."""
    values = normal(random, CALM + HORIZON)
    values[CALM:] = values[CALM:] * factor + shift
    return _change(moving(shift, factor), "number", values, normal(random, REFERENCE))


def table_change(shift: float, factor: float, random: np.random.Generator) -> Stream:
    """Rows of normal features, one of which changes."""
    moved = int(random.integers(FEATURES))
    rows = random.standard_normal((CALM + HORIZON, FEATURES))
    rows[CALM:, moved] = rows[CALM:, moved] * factor + shift
    before = random.standard_normal((REFERENCE, FEATURES))
    return _change(table_name(shift, factor), "table", rows, before)._replace(moved=moved)


def moving(shift: float, factor: float) -> str:
    """The name of a change.

    >>> moving(0.2, 1.0), moving(0.0, 1.5)
    ('0.2 sigma', '1.5 times sigma')
    """
    return f"{shift:g} sigma" if shift else f"{factor:g} times sigma"


def table_name(shift: float, factor: float) -> str:
    """The name of such a change in one of the features of a table."""
    return f"{moving(shift, factor)} in one of {FEATURES}"


def _change(name: str, kind: Kind, values: Floats, reference: Floats) -> Stream:
    return Stream(name, kind, values, reference, changes=(CALM,), horizon=HORIZON)
