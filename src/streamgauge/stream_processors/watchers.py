"""The one list of what watches series, in the order in which it looks at a window."""

from streamgauge.settings import Settings
from streamgauge.stream_processors.feature_window import Yardsticks
from streamgauge.stream_processors.watch_distribution import KINDS, DistributionWatcher
from streamgauge.stream_processors.watch_embedding import EmbeddingWatcher
from streamgauge.stream_processors.watch_estimate import EstimateWatcher
from streamgauge.stream_processors.watch_feature import FeatureWatcher
from streamgauge.stream_processors.watch_health import HealthWatcher
from streamgauge.stream_processors.watch_model import ModelWatcher
from streamgauge.stream_processors.watch_newcomer import NewcomerWatcher
from streamgauge.stream_processors.watch_quality import QualityWatcher
from streamgauge.stream_processors.watch_rate import RateWatcher
from streamgauge.stream_processors.watch_retraining import RetrainingWatcher
from streamgauge.stream_processors.watch_row import RowWatcher
from streamgauge.stream_processors.watch_shift import ShiftWatcher
from streamgauge.stream_processors.watch_stream import StreamWatcher
from streamgauge.stream_processors.watch_version import VersionWatcher
from streamgauge.stream_processors.watcher import Watcher


def watchers(settings: Settings) -> list[Watcher]:
    """What later ones are told of a window are the figures and findings of those before them."""
    yardsticks = Yardsticks()
    detection = settings.detection
    return [
        StreamWatcher(detection),
        RateWatcher(detection),
        ShiftWatcher(detection, yardsticks),
        FeatureWatcher(yardsticks),
        *map(DistributionWatcher, KINDS),
        EmbeddingWatcher(),
        VersionWatcher(),
        RowWatcher(),
        QualityWatcher(detection),
        EstimateWatcher(detection),
        ModelWatcher(),
        HealthWatcher(),
        RetrainingWatcher(detection),
        NewcomerWatcher(settings),
    ]
