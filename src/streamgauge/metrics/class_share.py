"""Which classes a model predicts, and why it fell back to the rules."""

from streamgauge.metrics.fallback_reason import FallbackReasons
from streamgauge.metrics.predicted_class import Classes

__all__ = ["Classes", "FallbackReasons"]
