"""Which alerts begin and end: rules against what the stream is like. Pure; event time only."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from streamgauge.alerting import sample
from streamgauge.alerting.fingerprint import fingerprint
from streamgauge.alerting.rule import AlertingRule, RecordingRule, Rule
from streamgauge.alerting.track import Observation, Track
from streamgauge.contracts.alert import Alert
from streamgauge.contracts.event import Labels
from streamgauge.contracts.measure import AnyReading, Finding, Measure, Signal, Tick
from streamgauge.settings import InputError

# What rules call the signals, by what was found.
SIGNALS: dict[Finding, str] = {
    "DRIFT_DETECTED": "drift_signal",
    "PERFORMANCE_DEGRADED": "performance_signal",
    "DATA_QUALITY_ISSUE": "quality_signal",
    "ANOMALY_DETECTED": "anomaly_signal",
    "RETRAINING_RECOMMENDED": "retraining_signal",
}
# Parts and ids that an alert names: a person reads them.
_NAMED = 5
# Labels that say what a series is about as a whole; all others single out a part of it.
_WHOLE = frozenset(("model", "version", "service", "stage", "topic"))


class Judge:
    """Turns readings into transitions of alerts; the same readings give the same transitions.

    After a restart, `restore` takes what `alert-state` holds. Whoever wants the exact continuation
    steps through some readings from before that point first and names the last of them `judged`.

    >>> Judge([]).step(Tick(watermark=0, at=0, completeness=1.0), position=0)
    []
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules: dict[str, list[AlertingRule]] = {}
        for rule in rules:
            if isinstance(rule, RecordingRule):
                raise InputError(f"{rule.place}: the judge does not evaluate recording rules yet")
            self._rules.setdefault(rule.comparison.metric, []).append(rule)
        self._tracks: dict[str, Track] = {}
        # (series, sample) → its tracks: matching labels happens once per series, not per reading.
        self._found: dict[tuple[object, str], tuple[Track, ...]] = {}
        self._judged = -1
        self._written = -1

    def restore(self, alerts: Iterable[Alert], judged: int = -1) -> None:
        """Take up the last told alert of every fingerprint.

        Readings up to the position `judged`, and those before the newest alert, are taken into
        memory only: their transitions are on the topic.
        """
        self._judged = max(self._judged, judged)
        for alert in alerts:
            if alert.position < 0:
                # No reading caused it: an incident of a stage, which tells its end itself.
                continue
            track = self._tracks.get(alert.fingerprint)
            if track is None:
                track = Track(self._rule_of(alert), alert.labels, alert.fingerprint)
                self._tracks[alert.fingerprint] = track
            track.alert = alert
            self._written = max(self._written, alert.position)

    def step(self, reading: AnyReading, position: int) -> list[Alert]:
        """The transitions that this reading causes, ordered; `position` is its offset."""
        if isinstance(reading, Tick):
            told = (
                track.watch(reading.watermark, position, judged=self._is_old(track, position))
                for track in self._tracks.values()
                if track.state != "inactive"
            )
        else:
            told = (
                track.observe(seen, position, judged=self._is_old(track, position))
                for track, seen in self._observations(reading)
            )
        return sorted(filter(None, told), key=lambda alert: alert.fingerprint)

    def firing(self) -> list[Alert]:
        """The alerts that fire now."""
        return [track.alert for track in self._tracks.values() if _fires(track) and track.alert]

    def _is_old(self, track: Track, position: int) -> bool:
        """Whether the transition that this reading may cause was told before a restart.

        One reading can cause several transitions and a crash can come between them, so at the
        newest told position each track answers for itself.
        """
        return position <= max(self._judged, self._written - 1, track.told)

    def _observations(self, reading: Measure | Signal) -> Iterator[tuple[Track, Observation]]:
        if isinstance(reading, Signal):
            seen = _signal(reading)
            labels = {"detector": reading.detector, "stream": reading.stream}
            name = SIGNALS[reading.finding]
            asked = reading.labels.keys() - _WHOLE
            for track in self._tracks_of(name, "", name, reading.labels | labels, asked):
                yield track, seen
            return
        # The newest event counts before the revision: partial windows overlap with closed ones.
        order = (reading.start, reading.generation, int(reading.final), reading.revision)
        evidence: dict[str, float | str] = {
            "window": reading.window,
            "window_seconds": (reading.end - reading.start) / 1000,
        }
        # A window that nothing has come from yet is known from its start on.
        at = reading.end if reading.final else max(reading.start, reading.as_of)
        # A rule is about models and services as a whole in base windows, unless it names others.
        asked = reading.labels.keys() - _WHOLE | ({"window"} if not reading.base else set())
        for key, value in reading.values.items():
            name, labels_of_value = sample.parse(key)
            if name not in self._rules:
                continue
            seen = Observation(
                start=reading.start,
                end=reading.end,
                at=at,
                closed=reading.final,
                value=value,
                samples=reading.samples.get(key, reading.samples.get(name, 0)),
                completeness=reading.completeness,
                order=order,
                evidence=evidence,
            )
            labels = {**reading.labels, **labels_of_value}
            for track in self._tracks_of(name, reading.window, key, labels, asked):
                yield track, seen

    def _tracks_of(
        self,
        name: str,
        window: str,
        key: str,
        labels: Labels,
        asked: AbstractSet[str] = frozenset(),
    ) -> tuple[Track, ...]:
        series = (window, frozenset(labels.items()))
        found = self._found.get((series, key))
        if found is None:
            found = tuple(
                self._track(rule, labels)
                for rule in self._rules.get(name, ())
                if rule.comparison.selects({**labels, "window": window})
                and all(map(rule.comparison.names, asked))
            )
            self._found[series, key] = found
        return found

    def _track(self, rule: AlertingRule, labels: Labels) -> Track:
        everything = _labels(rule, labels)
        name = fingerprint(everything)
        track = self._tracks.get(name)
        if track is None:
            track = self._tracks[name] = Track(rule, everything, name)
        return track

    def _rule_of(self, alert: Alert) -> AlertingRule | None:
        for rules in self._rules.values():
            for rule in rules:
                if rule.name == alert.rule and rule.labels.items() <= alert.labels.items():
                    return rule
        return None


def _labels(rule: AlertingRule, labels: Labels) -> Labels:
    """The labels of an alert as Prometheus joins them: the rule's win; empty ones vanish."""
    joined = {**labels, "severity": rule.severity, **rule.labels, "alertname": rule.name}
    return {name: joined[name] for name in sorted(joined) if joined[name]}


def _signal(signal: Signal) -> Observation:
    """A detector's word, which holds until it says otherwise."""
    evidence: dict[str, float | str] = {
        "before": signal.before,
        "after": signal.after,
        "score": signal.score,
        "signal": signal.id,
        "detector": signal.detector,
        "stream": signal.stream,
        "finding": signal.finding,
    }
    more = {
        "text": signal.text,
        "direction": signal.direction,
        "reference": signal.reference,
        "parts": ", ".join(f"{part.name} {part.share:.0%}" for part in signal.parts[:_NAMED]),
        "predictions": ", ".join(signal.sample[:_NAMED]),
    }
    evidence |= {name: text for name, text in more.items() if text}
    return Observation(
        start=signal.end,
        end=signal.end,
        at=signal.end,
        closed=True,
        value=1.0 if signal.active else 0.0,
        samples=signal.samples,
        completeness=1.0,
        order=(signal.end, 1, 0),
        evidence=evidence,
        lasting=True,
    )


def _fires(track: Track) -> bool:
    return track.state == "firing"
