import numpy as np
import pytest

from streamgauge.metrics.queue_time import QUANTILES, QueueTime

from .event import counted, prediction

SEED = 20261121
METRIC = QueueTime()


def test_waiting_times_are_within_two_and_a_half_percent() -> None:
    waited = np.random.default_rng(SEED).lognormal(2.0, 1.0, 2_000)
    values = METRIC.values(counted(METRIC, [prediction(queue_ms=float(ms)) for ms in waited]), 60.0)
    for share in QUANTILES:
        exact = np.quantile(waited, share, method="inverted_cdf") / 1_000
        assert values[f'queue_time_seconds{{quantile="{share}"}}'] == pytest.approx(
            exact, rel=0.025
        )
    assert values["queue_time_seconds_mean"] == pytest.approx(waited.mean() / 1_000, abs=1e-6)


def test_those_that_do_not_say_do_not_count() -> None:
    cells = counted(METRIC, [prediction(), prediction(queue_ms=0.0)])
    assert METRIC.samples(cells)["queue_time_seconds"] == 1
    assert METRIC.values(cells, 60.0)["queue_time_seconds_mean"] == 0.0
