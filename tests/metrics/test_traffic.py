import pytest

from streamgauge.metrics.traffic import Traffic

from .event import counted, prediction


@pytest.mark.parametrize("seconds", [10.0, 60.0])
def test_traffic_is_how_many_and_how_many_a_second(seconds: float) -> None:
    values = Traffic().values(counted(Traffic(), [prediction()] * 30), seconds)
    assert values == {
        "prediction_count": 30.0,
        "prediction_rate": 30 / seconds,
        "prediction_rate_per_minute": 1_800 / seconds,
    }
