"""What is remembered in a real Redis: the same answers whatever dies and is asked again."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import redis.asyncio as redis
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.stream_processors.joined import NOW, ask, joined, outcome, prediction

from streamgauge.contracts.outcome import Outcome
from streamgauge.embedded import start_redis
from streamgauge.join import Join
from streamgauge.metrics.label import Label, Truth
from streamgauge.stream_processors.label_store import LabelStore


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Any]:
    async with redis.from_url(redis_url) as held:
        await held.flushall()
        yield held


Log = list[list[Outcome]]


async def test_memory_is_bounded_and_what_found_no_room_is_counted(client: Any) -> None:
    small = Join(models=("m",), max_entries=20)
    join, store = joined(client, small), LabelStore(client, small)
    many = [outcome(prediction_id=f"p{n}") for n in range(50)]
    assert {label.verdict for label in await ask(join, many)} == {"label"}
    await join.remember([prediction(f"q{n}") for n in range(50)], NOW)
    await ask(join, [outcome(receipt=False, prediction_id=f"r{n}") for n in range(50)], 100)
    assert await store.made() == {"label": 20, "prediction": 20, "waiting": 2, "full": 108}
    assert await client.dbsize() == 43
    # Time makes room again.
    later = NOW + small.keep_ms + small.keep_ms // 36
    await join.resolve([outcome(prediction_id="x")], [999], partition=0, now=later)
    assert await join.made() == {"label": 1}


async def test_nothing_is_remembered_for_ever(client: Any) -> None:
    join = joined(client, Join(models=("m",), keep_hours=1))
    await ask(join, [outcome(), outcome(receipt=False, prediction_id="w")])
    await join.remember([prediction("q")], NOW)
    keys = [key async for key in client.scan_iter() if not key.endswith(b"made")]
    assert len(keys) == 3
    for key in keys:
        assert 3_500_000 < await client.pttl(key) <= 3_600_000


async def test_a_redis_that_forgot_keeps_answering(client: Any) -> None:
    join = joined(client)
    await ask(join, [outcome("cat")])
    await client.flushall()
    await client.script_flush()
    labels = await ask(join, [outcome("dog", revision=1), outcome("cat", prediction_id="q")], 1)
    assert [label.verdict for label in labels] == ["unmatched", "label"]


async def test_labels_wait_for_a_redis_that_is_away_and_say_so_once(tmp_path: Path) -> None:
    child, url = start_redis(tmp_path)
    try:
        async with redis.from_url(url, socket_timeout=0.3) as away:
            join = joined(away)
            assert (await ask(join, [outcome("cat")]))[0].verdict == "label"
            with structlog.testing.capture_logs() as logs:
                os.kill(child.pid, signal.SIGSTOP)
                waiting = asyncio.create_task(ask(join, [outcome("dog", revision=1)], 1))
                await told(logs, "redis is away; labels wait")
                assert not waiting.done()
                os.kill(child.pid, signal.SIGCONT)
                # It may have run the script although nobody heard: the answer is the same.
                assert (await asyncio.wait_for(waiting, 60))[0].old_truth == "cat"
                await told(logs, "redis is back; labels go on")
            assert len(logs) == 2
            again = await ask(join, [outcome("dog", revision=1)], 1)
            assert again[0].old_truth == "cat"
    finally:
        child.stop()


async def told(logs: Sequence[Any], event: str) -> None:
    async with asyncio.timeout(60):
        while event not in {one["event"] for one in logs}:  # noqa: ASYNC110  # a log has no event to wait for
            await asyncio.sleep(0.02)


async def test_a_dropped_connection_costs_nothing(client: Any, redis_url: str) -> None:
    join = joined(client)
    await ask(join, [outcome("cat")])
    async with redis.from_url(redis_url) as other:
        await other.client_kill_filter(_type="normal", skipme=True)
    assert (await ask(join, [outcome("dog", revision=1)], 1))[0].old_truth == "cat"


async def test_no_room_in_redis_itself_is_waited_out(tmp_path: Path) -> None:
    child, url = start_redis(tmp_path)
    try:
        async with redis.from_url(url) as full:
            join = joined(full)
            await ask(join, [outcome("cat")])
            await full.config_set("maxmemory", "1")
            with structlog.testing.capture_logs() as logs:
                waiting = asyncio.create_task(ask(join, [outcome("dog", revision=1)], 1))
                await told(logs, "redis is away; labels wait")
                await full.config_set("maxmemory", "0")
                assert (await asyncio.wait_for(waiting, 60))[0].old_truth == "cat"
    finally:
        child.stop()


@st.composite
def logs(draw: st.DrawFn) -> Log:
    """Two partitions with outcomes of three predictions, not always where they belong."""
    run = uuid4().hex
    one = st.builds(
        lambda name, truth, ts, revision: outcome(
            truth, prediction_id=f"{run}-{name}", ts=NOW + ts, revision=revision
        ),
        st.sampled_from("abc"),
        st.sampled_from(("cat", "dog", 1.0)),
        st.integers(0, 3),
        st.sampled_from((0, 0, 0, 1, 2)),
    )
    return [draw(st.lists(one, max_size=12)) for _ in range(2)]


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(log=logs(), data=st.data())
def test_crashes_replays_and_zombies_get_the_same_labels(
    redis_url: str, log: Log, data: st.DataObject
) -> None:
    async def run() -> dict[tuple[int, int], Label]:
        answers: dict[tuple[int, int], Label] = {}
        async with redis.from_url(redis_url) as client:
            # A worker reads each partition; so does one that was believed dead.
            cursors = {(who, partition): 0 for who in range(2) for partition in range(2)}
            counted = [0, 0]
            while counted != [len(part) for part in log]:
                who, partition = data.draw(st.sampled_from(sorted(cursors)))
                at = cursors[who, partition]
                match data.draw(st.sampled_from(("read", "read", "read", "count", "crash"))):
                    case "read":
                        to = min(at + data.draw(st.integers(1, 4)), len(log[partition]))
                        held = await joined(client, Join()).resolve(
                            log[partition][at:to], range(at, to), partition=partition, now=NOW
                        )
                        for place, label in zip(held.places, held.labels, strict=True):
                            spot = partition, at + place
                            assert answers.setdefault(spot, label) == label
                        cursors[who, partition] = to
                    case "count":
                        counted[partition] = max(counted[partition], at)
                    case "crash":
                        cursors[who, partition] = counted[partition]
        return answers

    answers = asyncio.run(run())
    assert len(answers) == sum(map(len, log))
    _check_sums(log, answers)


def _check_sums(log: Log, answers: dict[tuple[int, int], Label]) -> None:
    """Each prediction that has a first label ends with one truth, all others taken back."""
    sums: dict[str, dict[Truth, int]] = {}
    for (partition, place), label in answers.items():
        if label.applies:
            held = sums.setdefault(log[partition][place].prediction_id, {})
            held[label.truth] = held.get(label.truth, 0) + 1
            if label.old_truth is not None:
                held[label.old_truth] = held.get(label.old_truth, 0) - 1
    for held in sums.values():
        assert max(held.values()) == sum(held.values()) == 1
        assert min(held.values()) == 0 or len(held) == 1


async def test_an_error_that_is_no_outage_is_not_waited_out(client: Any) -> None:
    await client.set("streamgauge:join:p:p", "not ours")
    with pytest.raises(redis.ResponseError):
        await ask(joined(client), [outcome()])
