"""Whether services live, what they have loaded, and what they say of themselves."""

from collections.abc import Iterable

import msgspec

from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.metrics.category import escape
from streamgauge.metrics.series import rank

# More instances of a service and models of an instance than these are counted, but not shown: who
# makes names up must not make a window grow. Which ones are shown depends on the names alone.
INSTANCES = 100
MODELS = 200

# Gauges of a heartbeat that a window shows as the newest value of each instance, added up.
_ADDED = {
    "service_queue_depth": "queue_depth",
    "service_in_flight": "in_flight",
    "service_cpu_cores": "cpu",
    "service_memory_bytes": "memory",
    "client_sent_total": "sent",
    "client_dropped_total": "dropped",
    "client_failed_total": "failed",
}


class Pulse(msgspec.Struct):
    """The heartbeats of one service in one window.

    `beats` and `healthy` count; `newest` keeps the last heartbeat of each instance, so that two
    pulses of one window merge whatever the order of their heartbeats was.
    """

    beats: int = 0
    healthy: int = 0
    newest: dict[str, Heartbeat] = {}

    def add(self, beats: Iterable[Heartbeat]) -> None:
        """Count heartbeats of this service and window."""
        for beat in beats:
            self.beats += 1
            self.healthy += beat.healthy
            self._keep(beat)

    def merge(self, other: "Pulse") -> "Pulse":
        """The pulse of both."""
        merged = Pulse(self.beats, self.healthy + other.healthy, dict(self.newest))
        merged.beats += other.beats
        for beat in other.newest.values():
            merged._keep(beat)
        return merged

    def _keep(self, beat: Heartbeat) -> None:
        beat = _bounded(beat)
        held = self.newest.get(beat.instance)
        if held is None or _order(beat) > _order(held):
            self.newest[beat.instance] = beat
        if len(self.newest) > INSTANCES:
            del self.newest[max(self.newest, key=rank)]

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

    def values(self, _seconds: float) -> dict[str, float]:
        """All measures of the service; only `service_up` where no heartbeat came.

        >>> Pulse().values(60.0)
        {'service_up': 0.0}
        """
        if not self.beats:
            return {"service_up": 0.0}
        beats = [self.newest[instance] for instance in sorted(self.newest)]
        values = {"service_up": self.healthy / self.beats}
        values |= _loaded(beats)
        for name, field in (("service_cache_up", "cache"), ("service_features_up", "features")):
            known = [getattr(beat, field) for beat in beats if getattr(beat, field) is not None]
            if known:
                values[name] = float(all(known))
        for name, field in _ADDED.items():
            gauges = [getattr(beat, field) for beat in beats if getattr(beat, field) is not None]
            if gauges:
                values[name] = float(sum(gauges))
        return values


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
