"""What the topics have said so far: folded record by record, bounded, without a clock or I/O."""

from collections.abc import Hashable
from typing import Literal, TypeVar

import msgspec

from streamgauge.contracts.alert import Ack, Alert
from streamgauge.contracts.allocation import Allocation
from streamgauge.contracts.event import Labels
from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.measure import Measure, Signal, Tick
from streamgauge.dashboard.record import Forget, Record, Unread
from streamgauge.dashboard.series import Key, Series, key_of

# Strangers name the models: what they may fill is bounded.
MAX_SERIES = 1_000
MAX_OTHERS = 1_000
MAX_RESOLVED = 100

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Part = Literal["models", "services", "alerts", "allocations"]
_RANK = {"pending": 0, "firing": 1, "resolved": 2}


_SOURCES = ("predictions", "heartbeats")
# What detectors make of windows: only the newest is shown.
_WATCHED = ("drift", "performance")


class State(msgspec.Struct):
    """All that the page shows. `seq` grows with every change, `changed` has it for each part.

    `generation` grows when something was thrown away, which no update can express.
    """

    series: dict[tuple[Key, str], Series] = {}
    signals: dict[tuple[Key, str, str], Signal] = {}
    watched: dict[tuple[Key, str], Measure] = {}
    tick: Tick | None = None
    alerts: dict[str, Alert] = {}
    resolved: dict[str, Alert] = {}
    acks: dict[str, Ack] = {}
    allocations: dict[str, Allocation] = {}
    heartbeats: dict[tuple[str, str], Heartbeat] = {}
    unread: dict[str, int] = {}
    unread_reason: str = ""
    touched: dict[Key, int] = {}
    changed: dict[Part, int] = {}
    seq: int = 0
    generation: int = 0


def fold(state: State, record: Record) -> None:
    """Take one record in. The newest revision, version or state wins, in any order of arrival."""
    match record:
        case Measure():
            _measure(state, record)
        case Signal():
            _signal(state, record)
        case Tick():
            _tick(state, record)
        case Alert():
            _alert(state, record)
        case Ack():
            _put(state.acks, record.id, record)
            _touch(state, "alerts")
        case Allocation():
            _allocation(state, record)
        case Heartbeat():
            _heartbeat(state, record)
        case Forget():
            _forget(state, record)
        case Unread():
            state.unread[record.topic] = state.unread.get(record.topic, 0) + 1
            state.unread_reason = record.reason


def _measure(state: State, measure: Measure) -> None:
    if measure.whole and measure.source in _WATCHED:
        name = (key_of(measure.labels), measure.source)
        known = state.watched.get(name)
        if known is None or measure.end >= known.end:
            _put(state.watched, name, measure)
        return
    if not measure.whole or measure.source not in _SOURCES:
        return
    key = key_of(measure.labels)
    series = state.series.get((key, measure.window))
    if series is None:
        if len(state.series) >= MAX_SERIES:
            _evict(state)
        series = Series(labels=measure.labels, window=measure.window)
        state.series[key, measure.window] = series
    if series.fold(measure):
        _touch(state, "services" if "service" in measure.labels else "models", measure.labels)


def _evict(state: State) -> None:
    """Make room: the series that has been silent longest goes."""
    silent = min(state.series, key=lambda name: state.series[name].newest().end)
    del state.series[silent]
    state.touched.pop(silent[0], None)
    state.generation += 1


def _signal(state: State, signal: Signal) -> None:
    name = (key_of(signal.labels), signal.detector, signal.stream)
    known = state.signals.get(name)
    if known is None or signal.end >= known.end:
        _put(state.signals, name, signal)
        _touch(state, "models", signal.labels)


def _alert(state: State, alert: Alert) -> None:
    known = state.alerts.get(alert.fingerprint)
    if known is not None and _age(alert) < _age(known):
        return
    fired = known is None or known.state != "pending" or known.episode != alert.episode
    _put(state.alerts, alert.fingerprint, alert)
    # A condition that went away before its time was never an alert to anybody.
    if alert.state == "resolved" and fired:
        state.resolved.pop(alert.id, None)
        state.resolved[alert.id] = alert
        if len(state.resolved) > MAX_RESOLVED:
            oldest = min(state.resolved.values(), key=lambda one: one.ends_at or one.updated_at)
            del state.resolved[oldest.id]
    _touch(state, "alerts")


def _age(alert: Alert) -> tuple[int, int, int]:
    return alert.episode, _RANK[alert.state], alert.updated_at


def _tick(state: State, tick: Tick) -> None:
    # A watermark may fall back, when all that moved on stalls; the clock does not.
    if state.tick is None or (tick.at, tick.watermark) >= (state.tick.at, state.tick.watermark):
        state.tick = tick


def _allocation(state: State, allocation: Allocation) -> None:
    known = state.allocations.get(allocation.experiment)
    if known is None or allocation.version > known.version:
        _put(state.allocations, allocation.experiment, allocation)
        _touch(state, "allocations")


def _heartbeat(state: State, beat: Heartbeat) -> None:
    name = (beat.service, beat.instance)
    known = state.heartbeats.get(name)
    if known is None or beat.ts >= known.ts:
        _put(state.heartbeats, name, beat)
        _touch(state, "services")


def _forget(state: State, record: Forget) -> None:
    if record.topic == "allocations" and record.key in state.allocations:
        del state.allocations[record.key]
        _touch(state, "allocations")
    if record.topic == "alert-state" and record.key in state.alerts:
        del state.alerts[record.key]
        _touch(state, "alerts")


def _touch(state: State, part: Part, labels: Labels | None = None) -> None:
    state.seq += 1
    state.changed[part] = state.seq
    if labels is not None:
        _put(state.touched, key_of(labels), state.seq)


def _put(into: dict[K, V], key: K, value: V) -> None:
    """Set a key as the newest; beyond the bound the one set longest ago goes."""
    into.pop(key, None)
    into[key] = value
    if len(into) > MAX_OTHERS:
        del into[next(iter(into))]
