"""The service without HTTP; `emit` is a list, everything else is real."""

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from streamgauge.contracts.event import Event
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.receipt import Receipts
from streamgauge.models.assignment import Assignment
from streamgauge.models.fault import Fault
from streamgauge.models.question import Question, RefusalError, Row
from streamgauge.models.registry import Registry
from streamgauge.models.service import Service
from streamgauge.models.shelf import fill
from streamgauge.producers.pseudonym import pseudonyms
from streamgauge.settings import Experiment

RECEIPTS = Receipts({"k1": b"a-test-key"})
HIDE = pseudonyms(b"another-key")
Make = Callable[..., Service]


@pytest.fixture
def told() -> list[Prediction]:
    return []


@pytest.fixture
def make(artifacts: Path, told: list[Prediction]) -> Iterator[Make]:
    """A service that tells its events to `told`."""
    made: list[Service] = []

    def emit(event: Event) -> bool:
        assert isinstance(event, Prediction)
        told.append(event)
        return True

    def one(arms: dict[str, str] | None = None) -> Service:
        experiments = {"speed": Experiment(model="duration_s", arms=arms)} if arms else {}
        assignment = Assignment(experiments)
        shelf = fill(Registry(artifacts), assignment.versions())
        made.append(Service(shelf, assignment, emit, receipts=RECEIPTS, hide=HIDE))
        return made[-1]

    yield one
    for service in made:
        service.close()


def rows_of(features: dict[str, Any], count: int) -> Question:
    return Question([Row(features=features, user=f"u{n}") for n in range(count)], many=True)


async def test_rows_share_a_batch_and_each_has_its_event_and_receipt(
    make: Make, told: list[Prediction], features: dict[str, Any]
) -> None:
    service = make({"old": "1", "new": "2"})

    said = await service.ask("duration_s", rows_of(features, 40), time.perf_counter())

    assert [event.id for event in told] == [answer.id for answer in said]
    assert len({event.id for event in told}) == 40
    assert {event.version for event in told} == {"1", "2"}
    for event, answer in zip(told, said, strict=True):
        assert (event.status, event.error, event.batch_size) == ("ok", None, 40)
        assert event.prediction == answer.prediction
        assert event.confidence == answer.confidence
        assert (event.experiment, event.arm) == ("speed", answer.arm)
        assert (event.allocation, event.propensity) == (0, 0.5)
        assert event.version == {"old": "1", "new": "2"}[event.arm or ""]
        assert event.latency_ms is not None
        assert event.api_latency_ms is not None
        assert 0 < event.latency_ms <= event.api_latency_ms
        assert event.endpoint == "/predict/duration_s"
        assert answer.receipt is not None
        claims = RECEIPTS.check(answer.receipt, now=event.ts)
        assert getattr(claims, "id", claims) == event.id
        assert getattr(claims, "unit", claims) == HIDE(event.user or "")
        assert getattr(claims, "arm", claims) == event.arm
        assert getattr(claims, "confidence", claims) == event.confidence
        assert getattr(claims, "task", claims) == event.task
    # One unit, one arm: also in another batch.
    again = await service.ask("duration_s", rows_of(features, 40), time.perf_counter())
    assert [answer.arm for answer in again] == [answer.arm for answer in said]
    assert [answer.prediction for answer in again] == [answer.prediction for answer in said]


async def test_an_arm_that_is_not_loaded_falls_back_outside_the_experiment(
    make: Make, told: list[Prediction], features: dict[str, Any]
) -> None:
    service = make({"old": "1", "lost": "99"})

    said = await service.ask("duration_s", rows_of(features, 40), time.perf_counter())

    fallen = [event for event in told if event.fallback]
    assert 5 < len(fallen) < 35
    assert {answer.version for answer in said} == {"1"}
    for event in fallen:
        assert (event.experiment, event.arm, event.propensity) == (None, None, None)
        assert event.fallback_reason == "arm_not_loaded"
    assert service.shelf.loaded()["duration_s@99"] is False


async def test_a_failing_model_fails_each_row_and_nothing_else(
    make: Make, told: list[Prediction], features: dict[str, Any]
) -> None:
    service = make()
    service.shelf.versions["duration_s", "1"].predictor._ratios = None  # type: ignore[union-attr]  # breaks it

    with pytest.raises(RefusalError) as caught:
        await service.ask("duration_s", rows_of(features, 3), time.perf_counter())
    service.refuse("duration_s", caught.value, time.perf_counter())

    assert caught.value.status == 500
    assert [(e.status, e.error, e.reason) for e in told] == [
        ("error", "prediction", "TypeError")
    ] * 3
    assert await service.ask("result_count", rows_of(features, 1), time.perf_counter())


async def test_a_refused_question_is_one_event_without_features(
    make: Make, told: list[Prediction], features: dict[str, Any]
) -> None:
    service = make()
    broken = Row(features=features | {"lookback": None})
    wrong = Question([Row(features=features), broken], many=True)

    with pytest.raises(RefusalError) as caught:
        await service.ask("duration_s", wrong, time.perf_counter())
    service.refuse("duration_s", caught.value, time.perf_counter())

    assert caught.value.field == "rows[1].features.lookback"
    (event,) = told
    assert (event.status, event.error, event.reason) == ("error", "4xx", "invalid_features")
    assert (event.version, event.features, event.prediction) == ("1", {}, None)


async def test_a_stranger_cannot_invent_a_model(make: Make, told: list[Prediction]) -> None:
    service = make()

    service.refuse("nothing", RefusalError(404, "unknown_model", "unknown"), time.perf_counter())

    assert told == []


async def test_a_drill_adds_latency_fails_a_share_and_takes_the_service_down(
    make: Make, told: list[Prediction], features: dict[str, Any]
) -> None:
    service = make()

    slow = await service.ask(
        "duration_s", rows_of(features, 1), time.perf_counter(), Fault(latency=50)
    )
    assert slow[0].latency_ms > 50
    assert told[-1].latency_ms is not None
    assert told[-1].latency_ms > 50

    with pytest.raises(RefusalError, match="drill") as caught:
        await service.ask("duration_s", rows_of(features, 2), time.perf_counter(), Fault(error=1))
    assert caught.value.status == 500
    assert [(e.error, e.reason) for e in told[-2:]] == [("5xx", "fault")] * 2

    told.clear()
    with pytest.raises(RefusalError) as caught:
        await service.ask("duration_s", rows_of(features, 1), time.perf_counter(), Fault(down=0.2))
    service.refuse("duration_s", caught.value, time.perf_counter())
    assert caught.value.status == 503
    assert service.down
    assert not service.healthy
    assert told == []
    deadline = time.monotonic() + 60
    while service.down:
        assert time.monotonic() < deadline
    assert await service.ask("duration_s", rows_of(features, 1), time.perf_counter())


async def test_requests_that_find_no_thread_are_the_depth_of_the_queue(
    make: Make, features: dict[str, Any]
) -> None:
    service = make()
    served = service.shelf.pick("duration_s", None)
    assert served is not None
    gate, threads, told = threading.Event(), os.cpu_count() or 1, served.predictor.predict

    def patient(x: Any) -> Any:
        assert gate.wait(60)
        return told(x)

    served.predictor.predict = patient  # type: ignore[method-assign]  # the real one, later
    asked = [
        asyncio.create_task(service.ask("duration_s", rows_of(features, 1), time.perf_counter()))
        for _ in range(threads + 3)
    ]
    await asyncio.sleep(0)
    assert service.queue_depth == 3
    gate.set()
    await asyncio.gather(*asked)
    assert service.queue_depth == 0
