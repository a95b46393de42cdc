"""Readings as they arrive: each of their series is judged by itself, at once."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

import msgspec

from streamgauge.alerting.judging import sample
from streamgauge.alerting.judging.joined import Joined
from streamgauge.alerting.judging.observation import (
    SIGNALS,
    Observation,
    of_signal,
    of_value,
    of_window,
)
from streamgauge.alerting.judging.rule_plan import Pointwise, RulePlan
from streamgauge.alerting.judging.selection import WINDOW, asked_of
from streamgauge.alerting.judging.track import Track
from streamgauge.alerting.judging.turn import Docket, Turn
from streamgauge.alerting.promql.vector import NAME
from streamgauge.contracts.event import Labels
from streamgauge.contracts.measure import Measure, Signal


class _Bound(msgspec.Struct, frozen=True):
    """What one series means to the rules: the tracks that judge it, and its labels if stored.

    One that is `contested` has the label set of another series, and is looked up each time.
    """

    tracks: tuple[tuple[Track, Pointwise], ...]
    stored: Labels | None
    contested: bool = False


_NOTHING = _Bound((), None)


class Arrivals:
    """The rules that need one series only, and the series that the others need."""

    def __init__(self, plan: RulePlan, joined: Joined, docket: Docket) -> None:
        self._plan = plan
        self._joined = joined
        self._docket = docket
        # What a series means is looked up once, not with each of its readings.
        self._series: dict[tuple[object, ...], dict[str, _Bound]] = {}
        self._owners: dict[str, Labels] = {}

    def measure(self, reading: Measure, turn: Turn) -> None:
        """Judge all values of a measure."""
        key = (reading.window, reading.base, *reading.labels.items())
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = {}
        evidence = of_window(reading)
        for name, value in reading.values.items():
            bound = series.get(name)
            if bound is None or bound.contested:
                bound = series[name] = self._bind(reading, name)
            if bound is _NOTHING:
                continue
            samples = reading.samples.get(name)
            if samples is None:
                samples = reading.samples.get(name.partition("{")[0], 0)
            self._take(bound, of_value(reading, value, samples, evidence), turn)

    def signal(self, signal: Signal, turn: Turn) -> None:
        """Judge a detector's word."""
        name = SIGNALS[signal.finding]
        labels = {**signal.labels, "detector": signal.detector, "stream": signal.stream}
        key = ("", name, *labels.items())
        series = self._series.get(key)
        if series is None:
            asked = asked_of(signal.labels, base=True)
            bound = self._bound({**labels, NAME: name}, asked, signal.end)
            series = self._series[key] = {name: bound}
        self._take(series[name], of_signal(signal), turn)

    def _take(self, bound: _Bound, seen: Observation, turn: Turn) -> None:
        stored = bound.stored
        if stored is not None and seen.closed:
            self._joined.put(stored, seen.end, seen.value, seen.end - seen.start)
        for track, rule in bound.tracks:
            if seen.samples >= rule.min_samples:
                self._judge(track, rule, seen, stored, turn)

    def _judge(
        self, track: Track, rule: Pointwise, seen: Observation, stored: Labels | None, turn: Turn
    ) -> None:
        if rule.is_plain:
            met = rule.condition.holds(seen.value)
        elif rule.condition.remembers and not seen.closed:
            return
        else:
            value, met = rule.evaluate(self._joined.store, stored, seen)
            if value is None:
                value = track.alert.value if track.alert else 0.0
            seen = msgspec.structs.replace(seen, value=value)
        clear = True
        if rule.clear is not None and not met:
            clear = rule.is_clear(self._joined.store, stored, seen)
        judged = turn.judged
        if rule.limit:
            limit = self._docket.limits[rule.rule.place]
            if limit.take(track.fingerprint, met=met):
                turn.exceed(rule.rule, limit, seen.at)
                judged = True
        moved = track.observe(seen, turn.position, met=met, clear=clear, judged=judged)
        if moved is not None or rule.is_guarded:
            turn.take(track, moved)

    def _bind(self, reading: Measure, key: str) -> _Bound:
        name, labels_of_value = sample.parse(key)
        labels = {**reading.labels, **labels_of_value, WINDOW: reading.window, NAME: name}
        asked = asked_of(reading.labels, base=reading.base)
        return self._bound(labels, asked, reading.end)

    def _bound(self, labels: Labels, asked: AbstractSet[str], at: int) -> _Bound:
        rules = self._plan.judging(labels, asked)
        stored = self._joined.wants(labels, asked) or any(rule.remembers for rule in rules)
        tracks = []
        for rule in rules:
            shown = self._plan.shown(rule.rule, labels)
            track = self._docket.register.get(rule.rule, shown, 0.0)
            if self._owns(track, rule, labels, at):
                tracks.append((track, rule))
        if not rules and not stored:
            return _NOTHING
        contested = len(tracks) < len(rules)
        return _Bound(tuple(tracks), labels if stored else None, contested)

    def _owns(self, track: Track, rule: Pointwise, labels: Labels, at: int) -> bool:
        """Whether a series has its label set for itself; what is silent leaves it to the next."""
        owner = self._owners.setdefault(track.fingerprint, labels)
        if owner == labels:
            return True
        if track.is_silent(at):
            self._owners[track.fingerprint] = labels
            # The former owner may come back, and has to be looked up again then.
            self._series.clear()
            return True
        self._docket.faults.add(rule.rule, _twice(owner, labels), at)
        return False


def _twice(owner: Mapping[str, str], labels: Mapping[str, str]) -> str:
    return f"one label set of two series: {dict(owner)} and {dict(labels)}; the first is judged"
