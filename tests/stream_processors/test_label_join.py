"""Outcomes to labels on a real Redis: by receipt, by id, early and corrected."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import redis.asyncio as redis
from tests.stream_processors.joined import (
    BY_ID,
    DESK,
    NOW,
    ask,
    claims,
    joined,
    outcome,
    prediction,
)

from streamgauge.contracts import codec
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.receipt import DAY_MS, Receipts
from streamgauge.join import Join
from streamgauge.metrics.label import Label
from streamgauge.settings import Receipt, Settings
from streamgauge.stream_processors.label_join import LabelJoin, claims_of


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Any]:
    async with redis.from_url(redis_url) as held:
        await held.flushall()
        yield held


async def test_a_receipt_says_what_was_predicted(client: Any) -> None:
    assert await ask(joined(client), [outcome("dog", reward=0.5)]) == [
        Label(
            verdict="label",
            model="m",
            version="7",
            ts=NOW - 60_000,
            at=NOW,
            truth="dog",
            reward=0.5,
            task="classification",
            prediction="cat",
            confidence=0.8,
            experiment="e",
            arm="a",
            endpoint="/predict/m",
            dimensions={"region": "eu"},
        )
    ]
    # Who it was stays out of Redis.
    kept = await client.lrange("streamgauge:join:p:p", 0, -1)
    assert b"somebody" not in b"".join(kept)


async def test_a_receipt_that_is_not_ours_or_of_another_prediction_is_refused(client: Any) -> None:
    foreign = Receipts({"k": b"other"}).issue(claims())
    old = DESK.issue(msgspec.structs.replace(claims(), ts=NOW - 36 * DAY_MS))
    batch = [
        outcome(),
        msgspec.structs.replace(outcome(), receipt=foreign),
        msgspec.structs.replace(outcome(), prediction_id="q"),
        msgspec.structs.replace(outcome(), receipt=old),
    ]
    resolved = await joined(client).resolve(batch, range(4), partition=0, now=NOW)
    assert resolved.places == [0]
    assert [(place, reject.reason) for place, reject in resolved.rejects] == [
        (1, "receipt"),
        (2, "receipt"),
        (3, "receipt"),
    ]


async def test_a_correction_replaces_and_a_repeat_does_not_count(client: Any) -> None:
    labels = await ask(
        joined(client),
        [
            outcome("cat"),
            outcome("cat"),
            outcome("dog", revision=1, ts=NOW + 5),
            outcome("newt", revision=1, ts=NOW + 6),
            outcome("dog", revision=1, prediction_id="q"),
        ],
    )
    assert [label.verdict for label in labels] == [
        "label",
        "duplicate",
        "correction",
        "conflict",
        "unmatched",
    ]
    assert [label.old_truth for label in labels] == [None, None, "cat", "dog", None]
    assert labels[3].old_at == NOW + 5
    assert [label.applies for label in labels] == [True, False, True, True, False]


async def test_a_correction_needs_no_receipt_of_its_own(client: Any) -> None:
    labels = await ask(
        joined(client, Join()), [outcome("cat"), outcome("dog", receipt=False, revision=1)]
    )
    assert labels[1].verdict == "correction"
    assert labels[1].dimensions == {"region": "eu"}


async def test_predictions_are_found_by_id_for_the_models_that_asked_for_it(client: Any) -> None:
    join = joined(client)
    seen = [prediction("p"), prediction("q", model="other"), prediction("r", prediction=None)]
    assert await join.remember(seen, NOW) == []
    labels = await ask(
        join, [outcome("dog", receipt=False, prediction_id=name, model="m") for name in "pqr"]
    )
    assert [label.verdict for label in labels] == ["label", "orphan", "orphan"]
    assert labels[0].version == "7"
    assert labels[0].prediction == "cat"
    assert (labels[1].model, labels[1].version) == ("m", "__unknown__")


async def test_an_outcome_waits_for_its_prediction_and_counts_once(client: Any) -> None:
    join = joined(client)
    early = outcome("dog", receipt=False)
    assert (await ask(join, [early]))[0].verdict == "orphan"
    assert (await ask(join, [early]))[0].verdict == "orphan"
    waited = await join.remember([prediction("p")], NOW)
    assert [(one.id, codec.decode(Outcome, one.event)) for one in waited] == [("p", early)]
    # A crash before the prediction counted brings it back once more: a duplicate.
    assert await join.remember([prediction("p")], NOW) == waited
    labels = await ask(join, [early, early], first=100)
    assert [label.verdict for label in labels] == ["label", "duplicate"]


async def test_outcomes_wait_in_their_order_and_not_for_models_that_are_not_joined(
    client: Any,
) -> None:
    join = joined(client)
    early = [outcome(f"t{n}", receipt=False, revision=n) for n in range(12)]
    await ask(join, early)
    await ask(join, [outcome(receipt=False, prediction_id="q", model="other")])
    waited = await join.remember([prediction("p"), prediction("q")], NOW)
    assert [codec.decode(Outcome, one.event).truth for one in waited] == [f"t{n}" for n in range(8)]


async def test_without_redis_receipts_do_and_corrections_have_no_match() -> None:
    join = LabelJoin(DESK, Join(corrections=False), None)
    labels = await ask(join, [outcome(), outcome("dog", revision=1), outcome(receipt=False)])
    assert [label.verdict for label in labels] == ["label", "unmatched", "orphan"]
    assert await join.remember([prediction("p")], NOW) == []
    assert not join.joins


async def test_settings_say_what_is_remembered(client: Any) -> None:
    bare = Settings(join=Join(corrections=False), receipt=Receipt(keys="k:secret"))
    join = LabelJoin.of(bare, client)
    await ask(join, [outcome(), outcome()])
    assert await client.dbsize() == 0
    assert LabelJoin.of(Settings(join=BY_ID), client).joins


def test_a_prediction_gives_the_claims_of_its_receipt_without_its_user() -> None:
    event = prediction("p", task="classification", probabilities={"cat": 0.8, "dog": 0.2})
    told = claims_of(event, {"m": "dog"})
    assert told.score == 0.2
    assert told.unit is None
    assert claims_of(event, {}).score is None
