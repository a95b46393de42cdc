from streamgauge.metrics.column import columns
from streamgauge.metrics.fallback_reason import FallbackReasons

from .event import prediction


def test_reasons_count_where_the_rules_answered() -> None:
    cold = prediction(fallback=True, fallback_reason="cold")
    model = prediction(fallback=False, fallback_reason="cold")
    assert FallbackReasons().column(columns([cold, model])) == ["cold", None]
    assert FallbackReasons().column(columns([model])) == ()
