from streamgauge.metrics.category import tally
from streamgauge.metrics.column import columns
from streamgauge.metrics.error_reason import ErrorReasons

from .event import prediction

NAMED = ErrorReasons()


def test_reasons_are_shares_of_the_errors() -> None:
    events = [
        prediction(status="error", reason="no features"),
        prediction(status="error", reason="no features"),
        prediction(status="error", error="5xx"),
        prediction(status="ok", reason="none of ours"),
        *[prediction()] * 6,
    ]
    counts = tally(NAMED.column(columns(events)))
    assert NAMED.values(counts, len(events)) == {
        'prediction_error_reason_ratio{reason="no features"}': 2 / 3,
        'prediction_error_reason_ratio{reason="unknown"}': 1 / 3,
    }
    assert NAMED.samples(counts, len(events)) == {"prediction_error_reason_ratio": 3}
