from hypothesis import given
from hypothesis import strategies as st

from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics.fallback import Fallback

from .event import counted, predictions

some = st.lists(predictions(), min_size=1, max_size=40)


@given(some)
def test_fallbacks_are_the_share_that_counting_finds(events: list[Prediction]) -> None:
    values = Fallback().values(counted(Fallback(), events), 60.0)
    fallen = sum(event.fallback for event in events)
    assert values == {
        "prediction_fallback_ratio": fallen / len(events),
        "prediction_ml_ratio": (len(events) - fallen) / len(events),
    }
