import pytest
from tests.metrics.event import heartbeat

from streamgauge.metrics.cost import cost
from streamgauge.metrics.heartbeat import Pulse
from streamgauge.settings import Cost

USED = {
    "service_cpu_cores_mean": 2.0,
    "service_memory_bytes_mean": 4e9,
    "service_gpu_count": 1.0,
    "service_prediction_rate": 100.0,
}


def test_all_that_is_used_and_priced_adds_up() -> None:
    priced = cost(USED, Cost(cpu_core_hour=0.04, memory_gb_hour=0.005, gpu_hour=0.9))
    assert priced["service_cost_per_hour"] == pytest.approx(1.0)
    # 360,000 predictions an hour for 1.
    assert priced["service_cost_per_1000_predictions"] == pytest.approx(1 / 360)


def test_without_prices_nothing_costs() -> None:
    assert cost(USED, Cost()) == {}
    assert cost({}, Cost(gpu_hour=1.0)) == {}


def test_a_service_that_predicts_nothing_costs_by_the_hour_only() -> None:
    assert cost({"service_gpu_count": 2.0}, Cost(gpu_hour=1.5)) == {"service_cost_per_hour": 3.0}
    assert "service_cost_per_1000_predictions" not in cost(
        USED | {"service_prediction_rate": 0.0}, Cost(gpu_hour=1.0)
    )


def test_heartbeats_and_outcomes_are_no_predictions() -> None:
    idle = Pulse()
    idle.add(heartbeat(at=at, cpu=1.0, sent=at, predictions=7) for at in (0, 5_000, 10_000))
    values = idle.values(60.0)
    assert values["service_sent_rate"] > 0
    assert cost(values, Cost(cpu_core_hour=0.04)) == {"service_cost_per_hour": 0.04}


def test_who_does_not_count_predictions_does_not_know_what_one_costs() -> None:
    pulse = Pulse()
    pulse.add(heartbeat(at=at, cpu=1.0, sent=at) for at in (0, 5_000))
    assert "service_cost_per_1000_predictions" not in cost(
        pulse.values(60.0), Cost(cpu_core_hour=0.04)
    )
