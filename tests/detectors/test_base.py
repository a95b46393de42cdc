import msgspec
import pytest

from streamgauge.detectors.adwin import Adwin
from streamgauge.detectors.base import Detector


def test_the_base_is_no_detector_itself() -> None:
    with pytest.raises(TypeError):
        Detector().start()
    with pytest.raises(TypeError):
        Detector().step(None, [1.0])


def test_a_detectors_parameters_are_its_configuration() -> None:
    written = msgspec.json.encode(Adwin(delta=0.01))
    assert msgspec.json.decode(written, type=Adwin) == Adwin(delta=0.01)


def test_a_misspelt_parameter_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="detla"):
        msgspec.json.decode(b'{"type":"adwin","detla":0.1}', type=Adwin)
