"""A whole deployment's events out of a scenario and a seed, without any service running."""

import heapq
from collections.abc import Iterator
from random import Random
from typing import Any

from streamgauge.contracts.event import Event
from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.prediction import Prediction
from streamgauge.producers import synthetic
from streamgauge.producers.arrival import Arrival, arrivals, drifted, pick, rating
from streamgauge.producers.fault import conditions
from streamgauge.producers.scenario import Scenario

SERVICE = "simulated"


def story(scenario: Scenario, *, seed: int, start_ms: int) -> Iterator[tuple[float, Event]]:
    """Predictions, truths, ratings and heartbeats with their second, in order of time.

    The same scenario, seed and start give the same events. Truths that are due after the end of the
    scenario still come.
    """
    random = Random(seed)  # noqa: S311  # a simulation wants repeatable numbers, not secret ones
    due: list[tuple[float, int, Event]] = []
    beats = _heartbeats(scenario, start_ms)
    next_beat = next(beats, None)
    order = 0
    for arrival in arrivals(scenario, random):
        while next_beat is not None and next_beat[0] <= arrival.at:
            yield from _until(due, next_beat[0])
            yield next_beat
            next_beat = next(beats, None)
        yield from _until(due, arrival.at)
        event, later = _answer(arrival, random, seed, start_ms)
        if event is not None:
            yield arrival.at, event
        for at, consequence in later:
            order += 1
            heapq.heappush(due, (at, order, consequence))
    while next_beat is not None and scenario.duration is not None:
        yield from _until(due, next_beat[0])
        yield next_beat
        next_beat = next(beats, None)
    yield from _until(due, float("inf"))


def _until(due: list[tuple[float, int, Event]], at: float) -> Iterator[tuple[float, Event]]:
    while due and due[0][0] <= at:
        moment, _, event = heapq.heappop(due)
        yield moment, event


def _answer(
    arrival: Arrival, random: Random, seed: int, start_ms: int
) -> tuple[Prediction | None, list[tuple[float, Event]]]:
    """The prediction, if somebody asks and the service lives, and what follows from it."""
    now = arrival.conditions
    given = synthetic.row(random)
    version = pick(random, arrival.model.versions)
    took = synthetic.latency_ms(random) + now.latency_ms
    failed = random.random() < 1 - (1 - synthetic.ERRORS) * (1 - now.errors)
    true = round(synthetic.truth(random, synthetic.prediction(arrival.model.name, given)), 3)
    if now.down or now.outage:
        return None, []
    features = drifted(given, now.drifts)
    predicted = round(synthetic.prediction(arrival.model.name, features), 3)
    ts = start_ms + int(arrival.at * 1000)
    fields: dict[str, Any] = {
        "id": f"{seed:x}-{start_ms:x}-{arrival.number:x}",
        "ts": ts,
        "model": arrival.model.name,
        "version": version,
        "task": arrival.model.task,
        "features": features,
        "latency_ms": took,
        "api_latency_ms": took + 1.5,
        "endpoint": f"/predict/{arrival.model.name}",
        "user": arrival.user,
        "session": arrival.session,
    }
    if failed:
        return Prediction(status="error", error="5xx", reason="500", **fields), []
    if now.unhealthy:
        fields |= {"fallback": True, "fallback_reason": "model_not_loaded"}
    event = Prediction(
        prediction=predicted,
        confidence=random.betavariate(8, 2),
        cache_hit=bool(given["cache_warm"]),
        **fields,
    )
    return event, list(_consequences(arrival, event, predicted, true, start_ms))


def _consequences(
    arrival: Arrival, event: Prediction, predicted: float, true: float, start_ms: int
) -> Iterator[tuple[float, Event]]:
    if arrival.label_after is not None:
        at = arrival.at + arrival.label_after
        yield (
            at,
            Outcome(
                id=f"o-{event.id}",
                ts=start_ms + int(at * 1000),
                prediction_id=event.id,
                truth=true,
                model=event.model,
            ),
        )
    if arrival.rated:
        yield (
            arrival.at,
            Feedback(
                id=f"f-{event.id}",
                ts=event.ts,
                session=arrival.session,
                user=arrival.user,
                kind="post_scan_satisfaction",
                rating=rating(predicted, true),
                prediction_id=event.id,
                model=event.model,
            ),
        )


def _heartbeats(scenario: Scenario, start_ms: int) -> Iterator[tuple[float, Event]]:
    """One every few seconds, but none while the service is down."""
    count = 0
    while scenario.duration is None or count * scenario.heartbeat < scenario.duration:
        at = count * scenario.heartbeat
        count += 1
        now = conditions(scenario.faults, at)
        if now.down:
            continue
        yield (
            at,
            Heartbeat(
                ts=start_ms + int(at * 1000),
                service=SERVICE,
                instance=f"{SERVICE}-1",
                healthy=not now.unhealthy,
                models={
                    f"{model.name}@{version}": not now.unhealthy
                    for model in scenario.models
                    for version in model.versions
                },
                cache=True,
                queue_depth=0,
                in_flight=1,
            ),
        )
