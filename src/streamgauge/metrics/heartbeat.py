"""Whether services live, what they have loaded, and what they say of themselves."""

from collections.abc import Iterable

import msgspec

from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.metrics import gauge, uptime
from streamgauge.metrics.category import escape
from streamgauge.metrics.course import Course
from streamgauge.metrics.series import rank

# More instances of a service and models of an instance than these are counted, but not shown: who
# makes names up must not make a window grow. Which ones are shown depends on the names alone.
INSTANCES = 100
MODELS = 200
_MS = 1_000


class Pulse(msgspec.Struct):
    """The heartbeats of one service in one window, whatever its width.

    `beats` and `healthy` count; `newest` keeps the last heartbeat of each instance and `courses`
    how its gauges went, so that two pulses of one window merge whatever the order of their
    heartbeats was. `minutes` are those in which the service was healthy.
    """

    beats: int = 0
    healthy: int = 0
    newest: dict[str, Heartbeat] = {}
    courses: dict[str, dict[str, Course]] = {}
    minutes: uptime.Minutes = {}

    def add(self, beats: Iterable[Heartbeat]) -> None:
        """Count heartbeats of this service and window."""
        for beat in beats:
            self.beats += 1
            if beat.healthy:
                self.healthy += 1
                uptime.note(self.minutes, beat.ts)
            courses = self.courses.setdefault(beat.instance, {})
            gauge.follow(courses, beat)
            self._keep(beat)

    def merge(self, other: "Pulse") -> "Pulse":
        """The pulse of both."""
        merged = Pulse(
            self.beats + other.beats,
            self.healthy + other.healthy,
            dict(self.newest),
            dict(self.courses),
            uptime.merge(self.minutes, other.minutes),
        )
        for beat in other.newest.values():
            held = merged.courses.get(beat.instance, {})
            merged.courses[beat.instance] = gauge.merge(held, other.courses[beat.instance])
            merged._keep(beat)
        return merged

    def _keep(self, beat: Heartbeat) -> None:
        beat = _bounded(beat)
        held = self.newest.get(beat.instance)
        if held is None or _order(beat) > _order(held):
            self.newest[beat.instance] = beat
        if len(self.newest) > INSTANCES:
            gone = max(self.newest, key=rank)
            del self.newest[gone], self.courses[gone]

    @property
    def as_of(self) -> int:
        """The time of the newest heartbeat, 0 without any."""
        return max((beat.ts for beat in self.newest.values()), default=0)

    @property
    def total(self) -> int:
        """How many heartbeats are counted."""
        return self.beats

    def samples(self) -> dict[str, int]:
        """How many heartbeats stand behind the measures."""
        return {"service_up": self.beats}

    def values(
        self, seconds: float, start: int | None = None, until: int | None = None
    ) -> dict[str, float]:
        """All measures of the service; only `service_up` where no heartbeat came.

        The window is `seconds` long and begins at `start`, which is found out if it is a multiple
        of its length since 1970; availability is that up to `until`, its end if nothing is said.

        >>> Pulse().values(60.0)["service_up"]
        0.0
        """
        if not self.beats:
            return {"service_up": 0.0, "service_availability_ratio": 0.0}
        beats = [self.newest[instance] for instance in sorted(self.newest)]
        width = int(seconds * _MS)
        begin = self.as_of - self.as_of % width if start is None else start
        end = begin + width if until is None else max(until, self.as_of)
        values = {
            "service_up": self.healthy / self.beats,
            "service_availability_ratio": uptime.share(self.minutes, begin, end),
            "service_instances": float(len(beats)),
        }
        values |= _loaded(beats)
        for name, field, every in (
            ("service_cache_up", "cache", True),
            ("service_features_up", "features", True),
            ("service_fallback_active", "fallback", False),
        ):
            known = [getattr(beat, field) for beat in beats if getattr(beat, field) is not None]
            if known:
                values[name] = float(all(known) if every else any(known))
        return values | gauge.newest(beats) | gauge.courses(list(self.courses.values()))


def _bounded(beat: Heartbeat) -> Heartbeat:
    if len(beat.models) <= MODELS:
        return beat
    return msgspec.structs.replace(beat, models={n: beat.models[n] for n in _first(beat.models)})


def _first(names: Iterable[str]) -> list[str]:
    return sorted(names)[:MODELS]


def _loaded(beats: list[Heartbeat]) -> dict[str, float]:
    """A model is loaded where every instance that knows it has it."""
    names = _first({name for beat in beats for name in beat.models})
    if not names:
        return {}
    loaded = {name: all(beat.models.get(name, True) for beat in beats) for name in names}
    values = {
        f'service_model_loaded{{model="{escape(name)}"}}': float(held)
        for name, held in loaded.items()
    }
    values["service_models_loaded_ratio"] = sum(loaded.values()) / len(loaded)
    return values


def _order(beat: Heartbeat) -> tuple[int, bytes]:
    # Two heartbeats of one millisecond: the bytes decide, so that any order merges to the same.
    return beat.ts, msgspec.json.encode(beat)
