"""The stage `detect`: closed windows and measures in, signals and their figures out."""

from collections.abc import Callable

from streamgauge.settings import Settings
from streamgauge.stream_processors.anomaly_watch import AnomalyWatch
from streamgauge.stream_processors.application import application
from streamgauge.stream_processors.detect_keeper import STAGE, DetectKeeper
from streamgauge.stream_processors.detect_kept import Looker
from streamgauge.stream_processors.detect_sums import States
from streamgauge.stream_processors.outbox import Outbox
from streamgauge.stream_processors.reference_shelf import ReferenceShelf
from streamgauge.stream_processors.stage import attach
from streamgauge.stream_processors.watch import Watch
from streamgauge.stream_processors.watchers import watchers


class Detect:
    """The Faust app of the stage; whoever runs it puts references on its `shelf` first.

    `trims` says that the broker can delete records, which the embedded one cannot.
    """

    def __init__(self, settings: Settings, *, trims: bool) -> None:
        self.app = application(STAGE, settings)
        self.shelf = ReferenceShelf()
        outbox = Outbox(settings.kafka, f"streamgauge-{STAGE}")
        every, shelf, names = watchers(settings), self.shelf, settings.detection.anomalies
        looks: dict[str, Callable[[States], Looker]] = {
            "summaries": lambda states: Watch(every, shelf, states),
            "measures": lambda states: AnomalyWatch(names, states),
        }
        self.keepers = {
            topic: DetectKeeper(settings, topic, outbox, look, trims=trims)
            for topic, look in looks.items()
        }
        attach(self.app, STAGE, self.keepers, flush_every=settings.window.flush)

    @property
    def records(self) -> int:
        """How many windows were looked at."""
        return sum(keeper.records for keeper in self.keepers.values())

    @property
    def rejected(self) -> int:
        """How many were put on `dead-letters`."""
        return sum(keeper.rejected for keeper in self.keepers.values())
