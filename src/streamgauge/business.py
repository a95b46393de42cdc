"""Settings of what the business asks for: promises, prices, figures of its own, experiments."""

from typing import Annotated, Literal

import msgspec

from streamgauge.contracts.bucket import LATENCY_EDGES
from streamgauge.section import Section

Positive = Annotated[int, msgspec.Meta(gt=0)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]
Price = Annotated[float, msgspec.Meta(ge=0)]
Wanted = str | float | bool | tuple[str | float, ...]
# Field, or `dimensions.<name>`, to the value or values that it must have; all fields must match.
Match = dict[str, Wanted]
# A part of a measure's name.
Word = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]*$")]


class Sla(Section, frozen=True):
    """The latency in seconds that is promised, for all models or by name.

    It is an edge of the latency histogram, so that the share of those who kept it is exact.
    """

    latency: float = 0.1
    models: dict[str, float] = {}

    def __post_init__(self) -> None:
        for bound in (self.latency, *self.models.values()):
            if bound not in LATENCY_EDGES:
                edges = ", ".join(f"{edge:g}" for edge in LATENCY_EDGES)
                raise ValueError(f"latency {bound:g}; expected one of {edges}")


class Cost(Section, frozen=True):
    """Prices of an hour of a core, of 10^9 bytes and of a GPU, in whatever currency."""

    cpu_core_hour: Price | None = None
    memory_gb_hour: Price | None = None
    gpu_hour: Price | None = None


class Business(Section, frozen=True):
    """A figure of the business: `business_<name>_<unit>`, from one source of events.

    A `ratio` is the events that match `numerator` among those that match `denominator`; with a
    `value` it is the sum of that field instead of their number. `mean_per_session` divides by the
    events that match `denominator`, without one by the sessions that started.

    `change` is how much it should move against the arm `control` (of that name, if none is named)
    of its experiment, or against a `baseline` where there is no experiment: -0.3 is 30 % less.
    `target` is what it should reach.
    """

    source: Literal["usage", "feedback", "predictions"]
    kind: Literal["ratio", "mean_per_session"] = "ratio"
    numerator: Match = {}
    denominator: Match | None = None
    value: str | None = None
    unit: Word = "ratio"
    change: float | None = None
    baseline: float | None = None
    control: str | None = None
    target: float | None = None
    better: Literal["higher", "lower"] = "higher"

    def __post_init__(self) -> None:
        if self.kind == "mean_per_session" and self.denominator is None and self.source != "usage":
            raise ValueError("mean_per_session of other events than usage needs a denominator")

    @property
    def control_arm(self) -> str:
        """The arm that the others are compared with."""
        return "control" if self.control is None else self.control

    @property
    def divisor(self) -> Match:
        """What the events match that are divided by; all do where nothing is said."""
        if self.denominator is not None:
            return self.denominator
        return {"event": "session_start"} if self.kind == "mean_per_session" else {}


class Experiment(Section, frozen=True):
    """Two or more versions of a model that share its traffic.

    `arms` maps an arm's name to a model version. A reward is the outcome's own `reward`, or with
    `within` 1 where |truth - prediction| is at most that, or with `rating` 1 for such a rating.
    """

    model: str
    arms: dict[str, str]
    within: float | None = None
    rating: int | None = None
    policy: Literal["thompson"] = "thompson"
    floor: Annotated[float, msgspec.Meta(ge=0.0, le=0.5)] = 0.05
    min_trials: Positive = 20
    every: Seconds = 2.0
    seed: int = 0
