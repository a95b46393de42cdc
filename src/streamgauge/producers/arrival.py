"""Who asks when: the seeded traffic of a scenario, known before any clock runs."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import TypeVar

import msgspec

from streamgauge.producers.fault import Conditions, Drift, conditions
from streamgauge.producers.scenario import Model, Scenario
from streamgauge.producers.synthetic import Row

T = TypeVar("T")
# A session ends after this many predictions on average.
SESSION_LENGTH = 8


class Arrival(msgspec.Struct, frozen=True):
    """One request: `at` seconds after the start a user asks a model under these conditions.

    `label_after` is how long its truth takes, None if it never comes; `rated` whether the user
    will say what they think of it.
    """

    at: float
    number: int
    model: Model
    user: str
    session: str
    conditions: Conditions
    label_after: float | None
    rated: bool


def arrivals(scenario: Scenario, random: Random) -> Iterator[Arrival]:
    """A Poisson process of `rate`, ended by `duration`; who comes in an outage is not let in."""
    at, number = 0.0, 0
    visits = [0] * scenario.users
    weights = [model.share for model in scenario.models]
    while True:
        at += random.expovariate(scenario.rate)
        if scenario.duration is not None and at >= scenario.duration:
            return
        (model,) = random.choices(scenario.models, weights)
        user = random.randrange(scenario.users)
        labelled, wait = random.random(), random.uniform(0.5, 1.5)
        rated, leaves = random.random(), random.random()
        now = conditions(scenario.faults, at, model.name)
        late = scenario.labels.delay * wait + now.label_delay
        yield Arrival(
            at=at,
            number=number,
            model=model,
            user=f"u{user}",
            session=f"s{user}-{visits[user]}",
            conditions=now,
            label_after=late if labelled < scenario.labels.share else None,
            rated=rated < scenario.feedback,
        )
        number += 1
        visits[user] += leaves < 1 / SESSION_LENGTH


def pick(random: Random, weights: Mapping[str, float]) -> str:
    """One of the names, as often as its weight says."""
    return random.choices(list(weights), list(weights.values()))[0]


def drifted(features: Row, drifts: Sequence[Drift]) -> Row:
    """The features as they arrive: each drift moves its own, where that is a number.

    >>> drifted({"a": 2.0, "b": "x"}, [Drift(feature="a", factor=3.0, offset=1.0)])
    {'a': 7.0, 'b': 'x'}
    """
    if not drifts:
        return features
    moved = dict(features)
    for drift in drifts:
        value = moved.get(drift.feature)
        if isinstance(value, int | float):
            moved[drift.feature] = value * drift.factor + drift.offset
    return moved


def rating(predicted: float, true: float) -> int:
    """How content a user is, 5 to 1: a point less for each 10 % that the prediction was off.

    >>> rating(100, 100), rating(100, 125), rating(100, 5)
    (5, 3, 1)
    """
    off = abs(predicted - true) / max(1.0, abs(true))
    return max(1, 5 - int(off * 10))
