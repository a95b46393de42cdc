"""What the stream is like now: the records of the `measures` topic."""

from typing import Literal

import msgspec

from streamgauge.contracts.event import Labels


class Reading(msgspec.Struct, tag_field="type", kw_only=True, frozen=True, gc=False):
    """The base of the records on `measures`; `type` tells them apart."""

    v: int = 1


_WHOLE = ({"model", "version"}, {"service"})


class Measure(Reading, tag="measure", frozen=True):
    """All values of one series in one window, as known at this revision.

    `labels` name the series: model and version, or service. `values` are keyed as Prometheus
    prints samples, for example `prediction_latency_seconds{quantile="0.95"}`; `samples` says how
    many observations stand behind a name. `as_of` is the newest event time that is counted in;
    `final` means that the watermark has passed the window's end. `source` says what was counted:
    a series may have measures of several sources in the same window. `base` windows are the
    narrowest; the longer ones are their sums. Of two that say something of the same window the one
    of the higher `generation` counts, whatever their revisions are: it was counted anew.
    """

    labels: Labels
    window: str
    start: int
    end: int
    revision: int
    as_of: int
    final: bool
    completeness: float
    values: dict[str, float]
    samples: dict[str, int]
    source: str = "predictions"
    base: bool = True
    generation: int = 0

    @property
    def whole(self) -> bool:
        """Whether it is of a whole model version or service, as narrowly as these are measured."""
        return self.base and self.labels.keys() in _WHOLE


Finding = Literal[
    "DRIFT_DETECTED",
    "PERFORMANCE_DEGRADED",
    "DATA_QUALITY_ISSUE",
    "ANOMALY_DETECTED",
    "RETRAINING_RECOMMENDED",
]


class Picture(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """A distribution small enough to draw: the share of each bar.

    Bars are named by `names`, or stand between `edges`, of which there is one more than bars.
    """

    shares: list[float]
    edges: list[float] = []
    names: list[str] = []


class Part(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """One feature, segment or check, and its `share` (0 to 1) in what a detector found.

    `score` is in the detector's own unit; `text` says in words what changed.
    """

    name: str
    share: float
    score: float
    kind: str = "feature"
    text: str = ""
    before: Picture | None = None
    after: Picture | None = None


class Signal(Reading, tag="signal", frozen=True):
    """A detector saw a stream move (`active`), or no longer does.

    `before` and `after` are the stream's means on both sides of the change. `parts` rank what it is
    made of, the largest share first; `sample` are ids of predictions that show it. `reference` is
    the hash of what was compared with, if that is one. `text` is one sentence for a person.
    """

    id: str
    labels: Labels
    detector: str
    stream: str
    start: int
    end: int
    active: bool
    score: float
    before: float
    after: float
    samples: int
    finding: Finding = "DRIFT_DETECTED"
    direction: Literal["up", "down", ""] = ""
    reference: str = ""
    parts: list[Part] = []
    sample: list[str] = []
    text: str = ""


class Tick(Reading, tag="tick", frozen=True):
    """The clock of everything downstream: all events up to `watermark` are in the measures."""

    watermark: int
    at: int
    completeness: float


AnyReading = Measure | Signal | Tick
