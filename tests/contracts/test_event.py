import msgspec
import pytest

from streamgauge.contracts.codec import encode
from streamgauge.contracts.event import Milliseconds
from streamgauge.contracts.prediction import Prediction


def test_an_event_leaves_out_what_it_does_not_know() -> None:
    event = Prediction(id="a", ts=1_700_000_000_000, model="m", version="1")
    assert encode(event) == b'{"v":1,"id":"a","ts":1700000000000,"model":"m","version":"1"}'


@pytest.mark.parametrize("unit", [1_700_000_000, 1_700_000_000_000_000, 1_700_000_000_000_000_000])
def test_a_time_in_another_unit_is_no_time(unit: int) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(unit, Milliseconds)


def test_an_event_cannot_be_changed() -> None:
    event = Prediction(id="a", ts=1_700_000_000_000, model="m", version="1")
    with pytest.raises(AttributeError):
        event.model = "n"  # type: ignore[misc]  # what the test is about
