"""A recording's outcomes become the labels that Redis would make of them."""

from collections.abc import AsyncIterator
from random import Random
from typing import Any

import msgspec
import pytest
import redis.asyncio as redis
from tests.stream_processors.joined import NOW, ask, joined, outcome, prediction

from streamgauge.contracts.receipt import DAY_MS
from streamgauge.join import Join
from streamgauge.settings import Settings
from streamgauge.stream_processors.recorded_join import RecordedJoin


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Any]:
    async with redis.from_url(redis_url) as held:
        await held.flushall()
        yield held


async def test_any_outcomes_become_the_labels_of_the_join_in_redis(client: Any) -> None:
    random = Random(20261122)
    known = [prediction(f"p{number}") for number in range(5)]
    outcomes = [
        outcome(
            random.choice(("cat", "dog", 1.0)),
            receipt=False,
            id=f"o{number}",
            prediction_id=f"p{random.randrange(6)}",
            ts=NOW + random.randrange(5),
            revision=random.choice((0, 0, 1, 2)),
            reward=random.choice((None, 0.5)),
        )
        for number in range(300)
    ]
    theirs, ours = joined(client), RecordedJoin(Settings())
    await theirs.remember(known, NOW)
    ours.remember(known)
    assert ours.resolve(outcomes) == await ask(theirs, outcomes)


def test_an_outcome_waits_for_its_prediction() -> None:
    join = RecordedJoin(Settings())
    early = outcome("dog", receipt=False)
    (orphan,) = join.resolve([early])
    assert orphan.verdict == "orphan"
    waited = join.remember([prediction("p")])
    assert waited == [early]
    (label,) = join.resolve(waited)
    assert (label.verdict, label.prediction, label.truth) == ("label", "cat", "dog")


def test_what_a_receipt_would_be_too_old_for_is_no_label() -> None:
    join = RecordedJoin(Settings())
    join.remember([prediction("p")])
    assert join.resolve([outcome("dog", receipt=False, ts=NOW + 35 * DAY_MS)]) == []


def test_without_corrections_every_truth_counts() -> None:
    settings = msgspec.structs.replace(Settings(), join=Join(corrections=False))
    join = RecordedJoin(settings)
    join.remember([prediction("p")])
    twice = join.resolve([outcome("dog", receipt=False)] * 2)
    assert [label.verdict for label in twice] == ["label", "label"]
