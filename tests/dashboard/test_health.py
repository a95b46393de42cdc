"""The five parts of health, and when it is critical."""

from streamgauge.dashboard.health import Health, health
from streamgauge.dashboard.record import Record
from streamgauge.dashboard.state import State, fold

from .sample import T0, heartbeat, measure, tick

NOW = T0 + 61_000


def judged(*records: Record, kafka_up: bool = True) -> Health:
    state = State()
    for record in records:
        fold(state, record)
    return health(state, NOW, kafka_up=kafka_up)


def test_all_well_is_ok_and_without_reasons() -> None:
    found = judged(measure(), heartbeat(NOW), tick(NOW))
    assert (found.status, found.reasons) == ("ok", [])
    assert found.models.loaded == {"price@1": True}
    assert (found.cache.status, found.cache.rate) == ("ok", 0.85)
    assert (found.fallback.status, found.fallback.rate) == ("ok", 0.08)
    assert found.feature_builder.status == "unknown"
    assert found.inference.predictions_per_minute == 60.0


def test_a_model_that_is_not_loaded_degrades_because_the_service_still_answers() -> None:
    found = judged(heartbeat(NOW, loaded=False))
    assert (found.status, found.models.status) == ("degraded", "unavailable")
    assert found.reasons == ["models unavailable"]


def test_a_lost_cache_and_much_fallback_degrade() -> None:
    assert judged(heartbeat(NOW, cache=False)).status == "degraded"
    assert judged(heartbeat(NOW, fallback=True)).fallback.status == "degraded"
    much = judged(heartbeat(NOW), measure(prediction_fallback_ratio=0.11))
    assert (much.status, much.fallback.status) == ("degraded", "degraded")


def test_nobody_answering_is_critical() -> None:
    assert judged().status == "critical"
    assert judged(heartbeat(NOW - 20_001)).status == "critical"
    assert judged(heartbeat(NOW, healthy=False)).inference.status == "unavailable"


def test_one_instance_of_two_degrades() -> None:
    two = judged(heartbeat(NOW), heartbeat(NOW, instance="i-2", healthy=False))
    assert (two.status, two.inference.status) == ("degraded", "degraded")


def test_a_client_without_heartbeats_is_judged_by_its_predictions() -> None:
    assert judged(measure(), tick(NOW)).status == "ok"
    assert judged(measure(), tick(NOW + 600_000)).status == "critical"


def test_old_knowledge_is_not_called_healthy() -> None:
    found = judged(measure(), heartbeat(NOW), kafka_up=False)
    assert found.status == "degraded"
    assert "kafka" in found.reasons[0]
