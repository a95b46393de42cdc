import pytest

from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.metrics.course import Course
from streamgauge.metrics.gauge import courses, follow, merge, newest

from .event import heartbeat

GAUGES = {
    "cpu": "service_cpu_cores",
    "memory": "service_memory_bytes",
    "disk_read": "service_disk_read_bytes_rate",
    "disk_write": "service_disk_write_bytes_rate",
    "network_in": "service_network_in_bytes_rate",
    "network_out": "service_network_out_bytes_rate",
    "gpu": "service_gpu_ratio",
    "queue_depth": "service_queue_depth",
    "in_flight": "service_in_flight",
}


def followed(*beats: Heartbeat) -> dict[str, float]:
    held: dict[str, dict[str, Course]] = {}
    for beat in beats:
        follow(held.setdefault(beat.instance, {}), beat)
    return courses(list(held.values()))


@pytest.mark.parametrize("field", GAUGES)
def test_every_gauge_is_shown_as_it_stands_and_went(field: str) -> None:
    low, high = heartbeat(at=0, **{field: 0}), heartbeat(at=5, **{field: 1})
    name = GAUGES[field]
    assert newest([high])[name] == 1.0
    went = followed(low, high)
    assert (went[f"{name}_mean"], went[f"{name}_max"]) == (0.5, 1.0)
    assert name not in newest([heartbeat()])


def test_all_that_a_heartbeat_carries_is_shown() -> None:
    not_gauges = {"ts", "service", "instance", "healthy", "models", "cache", "fallback", "features"}
    totals = {"sent", "dropped", "failed", "predictions"}
    assert set(Heartbeat.__struct_fields__) == not_gauges | totals | set(GAUGES)
    assert {f"client_{name}_total" for name in totals} <= set(newest([heartbeat(predictions=0)]))


def test_instances_add_up_and_graphics_cards_do_not() -> None:
    beats = [heartbeat(instance="a", cpu=1.5, gpu=0.5), heartbeat(instance="b", cpu=0.5, gpu=1.0)]
    assert newest(beats)["service_cpu_cores"] == followed(*beats)["service_cpu_cores_mean"] == 2.0
    assert newest(beats)["service_gpu_ratio"] == followed(*beats)["service_gpu_ratio_mean"] == 0.75
    assert newest(beats)["service_gpu_count"] == 2.0


def test_the_rate_is_what_the_clients_sent_between_two_heartbeats() -> None:
    beats = [heartbeat(at=at, sent=at // 10) for at in (0, 5_000, 10_000)]
    other = [heartbeat(at=at, sent=50 + at // 100, instance="b") for at in (0, 10_000)]
    assert followed(*beats)["service_sent_rate"] == 100.0
    assert followed(*other, *beats)["service_sent_rate"] == 110.0
    assert "service_sent_rate" not in followed(beats[0])


def test_predictions_have_a_rate_where_every_instance_counts_them() -> None:
    beats = [heartbeat(at=at, sent=at, predictions=at // 100) for at in (0, 10_000)]
    other = [heartbeat(at=at, predictions=at // 1_000, instance="b") for at in (0, 10_000)]
    assert followed(*beats)["service_prediction_rate"] == 10.0
    assert followed(*beats, *other)["service_prediction_rate"] == 11.0
    assert "service_prediction_rate" not in followed(*beats, heartbeat(instance="c"))
    assert "client_predictions_total" not in newest([heartbeat()])


def test_a_merge_changes_neither_side() -> None:
    one: dict[str, Course] = {}
    follow(one, heartbeat(cpu=1.0))
    merged = merge({}, one)
    follow(merged, heartbeat(cpu=3.0))
    assert courses([one])["service_cpu_cores_mean"] == 1.0
