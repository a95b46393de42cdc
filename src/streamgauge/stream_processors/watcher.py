"""What watches series: given the closed windows of one, in order, it says what it sees."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from streamgauge.contracts.event import Labels
from streamgauge.contracts.reference import Reference
from streamgauge.contracts.summary import Summary
from streamgauge.metrics.closed import Closed, read_closed
from streamgauge.stream_processors.finding import Course, Found


class Look:
    """One closed window of a series, and what it is to be compared with.

    `reference` is the one in force, if there is one; `former` that of the version before.
    `holds` is what holds of the series, and of its model version where it is a part of it
    (`parent`). `values` are the figures that watchers before this one have made of the window,
    `tolerance` is how far features may be off, in nats an event, where hours are known to differ.
    """

    def __init__(
        self,
        summary: Summary,
        holds: Course,
        *,
        reference: Reference | None = None,
        former: Reference | None = None,
        parent: Course | None = None,
    ) -> None:
        self.summary = summary
        self.holds = holds
        self.reference = reference
        self.former = former
        self.parent = parent
        self.tolerance: dict[str, float] = {}
        self.values: dict[str, float] = {}
        self.samples: dict[str, int] = {}
        self.found: list[Found] = []
        self.references: list[Reference] = []

    @cached_property
    def closed(self) -> Closed:
        """All integers of the window."""
        return read_closed(self.summary)

    @property
    def labels(self) -> Labels:
        return self.summary.labels

    @property
    def is_part(self) -> bool:
        """Whether the series is one value of a dimension, not a whole model version."""
        return len(self.summary.labels) > len(_WHOLE)


_WHOLE = ("model", "version")


class Seen(NamedTuple):
    """What a watcher made of a window: figures, how many observations stand behind them, findings.

    Figures are keyed as Prometheus prints samples. `same` says that the state is as it was.
    `references` are new ones, made of the stream.
    """

    values: Mapping[str, float] = {}
    samples: Mapping[str, int] = {}
    found: tuple[Found, ...] = ()
    same: bool = False
    references: tuple[Reference, ...] = ()


NOTHING = Seen()


class Watcher(Protocol):
    """One way to look at a series. Its `state` is a value that MessagePack can carry."""

    @property
    def name(self) -> str:
        """Under which its state is kept."""

    @property
    def state(self) -> type[Any]:
        """What its state is."""

    def start(self) -> Any:
        """The state before any window."""

    def wants(self, look: Look) -> bool:
        """Whether it looks at such windows at all."""

    def look(self, state: Any, look: Look) -> Seen:
        """Take a window; changes the state."""
