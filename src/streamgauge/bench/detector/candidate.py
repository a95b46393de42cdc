"""Everything that `bench detectors` scores, and how each is fed."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

from streamgauge import detectors
from streamgauge.bench.detector.evidence import watch_features, watch_rate
from streamgauge.bench.detector.stream import WINDOW, Alarm, Candidate, Kind, Stream, Watch
from streamgauge.bench.detector.unusual import watch_mean
from streamgauge.bench.detector.verdict import watch_drift
from streamgauge.detectors.base import Detector

_ONE_VALUE: frozenset[Kind] = frozenset({"rate", "number"})
_ALL: frozenset[Kind] = frozenset({"rate", "number", "table"})
# They watch only where the settings say so.
ON_REQUEST = frozenset({"ddm", "hddm_a"})
RATE = "rate"
FEATURES = "feature_shift"
ALWAYS_FIRE = "always_fire"


def candidates() -> list[Candidate]:
    """Every detector there is, with its default settings; the last one is the dummy."""
    return [
        *per_value(),
        Candidate(RATE, frozenset({"rate"}), watch_rate),
        Candidate(FEATURES, frozenset({"table"}), watch_features),
        Candidate("feature_drift", frozenset({"table"}), watch_drift),
        Candidate("anomaly", _ONE_VALUE, watch_mean),
        Candidate(ALWAYS_FIRE, _ALL, always_fire),
    ]


def per_value() -> list[Candidate]:
    """The detectors that see one value at a time, found in their package."""
    kinds = set()
    for module in pkgutil.iter_modules(detectors.__path__, f"{detectors.__name__}."):
        for _, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(kind, Detector) and kind is not Detector:
                kinds.add(kind)
    return [
        Candidate(str(kind.__struct_config__.tag), _ONE_VALUE, _stepping(kind), part=0.2)
        for kind in sorted(kinds, key=lambda kind: kind.__name__)
    ]


def _stepping(kind: type[Detector]) -> Watch:
    def watch(stream: Stream) -> Iterator[Alarm]:
        rate = stream.kind == "rate" and "rate" in kind.__struct_fields__
        detector = kind(rate=True) if rate else kind()
        state = detector.start()
        values = stream.values.tolist()
        for begin in range(0, len(values), WINDOW):
            window = values[begin : begin + WINDOW]
            if detector.step(state, window) is not None:
                yield Alarm(begin + len(window))
                state = detector.start()

    return watch


def always_fire(stream: Stream) -> Iterator[Alarm]:
    """The detector that everybody must beat: an alarm at each window, whatever comes."""
    for begin in range(0, len(stream.values), WINDOW):
        yield Alarm(min(begin + WINDOW, len(stream.values)), 0)
