import pytest

from streamgauge.metrics.batch_size import BatchRate, BatchSize

from .event import counted, prediction

# Two batches of three and one of four, as predictions say it.
EVENTS = [prediction(batch_size=size) for size in (3, 3, 3, 3, 3, 3, 4, 4, 4, 4)]


def test_sizes_are_as_predictions_see_them() -> None:
    values = BatchSize().values(counted(BatchSize(), EVENTS), 60.0)
    assert values["prediction_batch_size_mean"] == 3.4
    assert values['prediction_batch_size{quantile="0.5"}'] == pytest.approx(3, rel=0.025)
    assert values['prediction_batch_size{quantile="0.95"}'] == pytest.approx(4, rel=0.025)


def test_predictions_of_one_batch_add_up_to_one() -> None:
    cells = counted(BatchRate(), EVENTS)
    assert BatchRate().values(cells, 10.0)["prediction_batch_rate"] == pytest.approx(0.3, abs=1e-6)
    assert BatchRate().samples(cells) == {"prediction_batch_rate": 10}


def test_a_batch_of_nothing_is_none() -> None:
    assert not counted(BatchRate(), [prediction(batch_size=0), prediction()]).any()
