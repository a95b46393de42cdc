from hypothesis import given
from hypothesis import strategies as st

from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics.cache import Cache

from .event import counted, predictions

some = st.lists(predictions(), min_size=1, max_size=40)


@given(some)
def test_cache_hits_are_the_share_of_those_that_say(events: list[Prediction]) -> None:
    values = Cache().values(counted(Cache(), events), 60.0)
    said = [event.cache_hit for event in events if event.cache_hit is not None]
    assert values == ({"prediction_cache_hit_ratio": sum(said) / len(said)} if said else {})
