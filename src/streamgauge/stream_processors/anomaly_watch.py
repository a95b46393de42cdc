"""Watches measures that have no threshold, whatever they are of, each against its past. Pure."""

from collections.abc import Collection, Iterator, Mapping

import msgspec

from streamgauge.contracts.event import Labels
from streamgauge.contracts.measure import AnyReading, Measure, Signal
from streamgauge.detectors.anomaly import Anomaly, AnomalyState, Oddity
from streamgauge.detectors.joint_anomaly import JointAnomaly, JointState
from streamgauge.logs import log
from streamgauge.metrics.rollup import DAY
from streamgauge.stream_processors.finding import Course, Found

# Series as a whole: models, services, stages of the pipeline. Values of dimensions are too many.
_WHOLE: tuple[set[str], ...] = (
    {"model", "version"},
    {"service"},
    {"stage", "topic"},
    {"experiment", "arm"},
    set(),
)
# A baseline of four weeks is worth keeping for one that is silent at weekends.
_FORGET_MS = 28 * DAY
# From so many measures of a series on they are looked at together.
_SEVERAL = 3
_LOOK_MS = DAY // 24
_ABSENT_MS = DAY // 24


class Watched(msgspec.Struct):
    """The measures of one series and source; `seen` is the end of the newest closed window."""

    labels: Labels
    source: str
    seen: int
    course: Course
    states: dict[str, AnomalyState]
    together: JointState | None = None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Watched).decode
_read = msgspec.json.Decoder(AnyReading).decode


class AnomalyWatch:
    """All series of `measures`; `names` are the measures to watch, with or without labels."""

    def __init__(self, names: Collection[str], written: Mapping[str, bytes] | None = None) -> None:
        self.series = dict(_restored(written or {}))
        self.changed: set[str] = set()
        self._names = frozenset(names)
        self._anomaly = Anomaly()
        self._joint = JointAnomaly()
        self._looked = 0

    def step(self, value: bytes) -> Iterator[Signal]:
        """What a reading says that is unusual; only closed windows of the narrowest width count."""
        reading = _read(value)
        if not isinstance(reading, Measure) or not reading.final or not reading.base:
            return
        if reading.labels.keys() not in _WHOLE:
            return
        wanted = {name: one for name, one in reading.values.items() if self._is_watched(name)}
        key = _key(reading)
        series = self.series.get(key)
        if not wanted and (series is None or not series.course.held):
            return
        if series is None:
            series = Watched(reading.labels, reading.source, 0, Course({}), {})
            self.series[key] = series
        if reading.start < series.seen:
            return
        series.seen = reading.end
        self.changed.add(key)
        found = [
            *self._alone(series, reading, wanted),
            *self._together(series, wanted),
            *_absent(series, reading),
        ]
        yield from series.course.follow(
            found, series.labels, series.source, reading.start, reading.end
        )
        yield from self._forget(reading.end)

    def _alone(
        self, series: Watched, reading: Measure, wanted: Mapping[str, float]
    ) -> Iterator[Found]:
        for name, one in wanted.items():
            state = series.states.get(name)
            if state is None:
                state = series.states[name] = self._anomaly.start()
            if (odd := self._anomaly.step(state, reading.end, one)) is not None:
                base = name.partition("{")[0]
                samples = reading.samples.get(name, reading.samples.get(base, 0))
                yield _found(name, odd, one, samples)

    def _together(self, series: Watched, wanted: Mapping[str, float]) -> Iterator[Found]:
        if len(wanted) < _SEVERAL:
            return
        if series.together is None:
            series.together = self._joint.start()
        scores = {name: series.states[name].score for name in wanted}
        if (odd := self._joint.step(series.together, scores)) is not None:
            yield Found(
                detector="half_space_trees",
                stream="together",
                score=odd.score,
                before=odd.usual,
                after=odd.score,
                samples=len(wanted),
                finding="ANOMALY_DETECTED",
                parts=odd.parts,
                text="measures are unusual together: "
                + ", ".join(part.name for part in odd.parts[:3]),
            )

    def take(self) -> dict[str, bytes]:
        """The states that have changed since the last time; empty where a series is forgotten."""
        taken = {
            key: _encode(self.series[key]) if key in self.series else b""
            for key in sorted(self.changed)
        }
        self.changed.clear()
        return taken

    def _is_watched(self, name: str) -> bool:
        return name in self._names or name.partition("{")[0] in self._names

    def _forget(self, now: int) -> Iterator[Signal]:
        """Drop who has been silent for weeks."""
        if now < self._looked + _LOOK_MS:
            return
        self._looked = now
        for key, series in list(self.series.items()):
            if series.seen < now - _FORGET_MS:
                yield from series.course.end(series.labels, now)
                del self.series[key]
                self.changed.add(key)


def _absent(series: Watched, reading: Measure) -> Iterator[Found]:
    """What holds of measures that this window does not have: an hour without one ends it."""
    for holding in series.course.held.values():
        state = series.states.get(holding.found.stream)
        if state is not None and holding.found.stream not in reading.values:
            if reading.end - state.last < _ABSENT_MS:
                yield holding.found
            else:
                state.held, state.calm = None, 0


def _restored(written: Mapping[str, bytes]) -> Iterator[tuple[str, Watched]]:
    for key, state in written.items():
        try:
            yield key, _decode(state)
        except msgspec.MsgspecError as error:
            # Written by another version: this series begins anew, the others go on.
            log.warning("a series starts anew", series=key, reason=str(error))


def _key(measure: Measure) -> str:
    labels = "\0".join(f"{name}={value}" for name, value in sorted(measure.labels.items()))
    return f"{measure.source}\0{labels}"


def _found(name: str, odd: Oddity, now: float, samples: int) -> Found:
    usual = "at this hour of the week" if odd.baseline == "week" else "just before"
    return Found(
        detector="anomaly",
        stream=name,
        score=odd.score,
        before=odd.before,
        after=now,
        samples=samples,
        finding="ANOMALY_DETECTED",
        direction=odd.direction,
        text=f"{name} is {now:.4g}; {usual} it was {odd.before:.4g}",
    )
