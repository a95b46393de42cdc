"""The one list of what is measured of predictions."""

from streamgauge.metrics.base import Metric, Named
from streamgauge.metrics.batch_size import BatchRate, BatchSize
from streamgauge.metrics.cache import Cache
from streamgauge.metrics.certainty import Certainty
from streamgauge.metrics.class_confidence import ClassConfidence
from streamgauge.metrics.column import Columns
from streamgauge.metrics.confidence import Confidence
from streamgauge.metrics.confidence_bucket import ConfidenceBuckets
from streamgauge.metrics.confidence_gap import ConfidenceGap
from streamgauge.metrics.confidence_part import ConfidencePart
from streamgauge.metrics.edge_case import EdgeCases
from streamgauge.metrics.embedding_dimension import EmbeddingDimensions
from streamgauge.metrics.embedding_projection import EmbeddingProjections
from streamgauge.metrics.embedding_quality import EmbeddingQuality
from streamgauge.metrics.error import Errors
from streamgauge.metrics.error_reason import ErrorReasons
from streamgauge.metrics.fallback import Fallback
from streamgauge.metrics.fallback_reason import FallbackReasons
from streamgauge.metrics.language import Languages
from streamgauge.metrics.latency import Latency
from streamgauge.metrics.latency_bucket import LatencyBuckets
from streamgauge.metrics.predicted_class import Classes
from streamgauge.metrics.prediction import PredictionValue
from streamgauge.metrics.prediction_score import PredictionScore
from streamgauge.metrics.queue_time import QueueTime
from streamgauge.metrics.text_length import TextLength
from streamgauge.metrics.traffic import Traffic

# The first one counts the events. New ones go to the end.
METRICS: tuple[Metric[Columns], ...] = (
    Traffic(),
    Errors(),
    Latency("prediction_latency_seconds", "latency"),
    Latency("api_latency_seconds", "api_latency"),
    Fallback(),
    Cache(),
    Confidence(),
    PredictionValue(),
    LatencyBuckets(),
    ConfidenceBuckets(),
    EdgeCases(),
    QueueTime(),
    BatchSize(),
    BatchRate(),
    ConfidencePart("confidence_ml"),
    ConfidencePart("confidence_rule"),
    ConfidenceGap(),
    Certainty(),
    TextLength(),
    EmbeddingQuality(),
    EmbeddingProjections(),
    PredictionScore(),
)
NAMED: tuple[Named[Columns], ...] = (
    Classes(),
    FallbackReasons(),
    ErrorReasons(),
    Languages(),
    EmbeddingDimensions(),
    ClassConfidence(),
)
