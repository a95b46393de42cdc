"""What Redis holds of rewards: absolute totals, of which only newer ones of a source replace."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis.asyncio as redis

from streamgauge.stream_processors.reward_kept import Counted
from streamgauge.stream_processors.reward_store import RewardStore, key


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Any]:
    async with redis.from_url(redis_url) as opened:
        await opened.flushall()
        yield opened


def counted(to: int, trials: int, source: str = "a") -> Counted:
    return Counted(source, to, {"e": {"good": [trials, 500_000 * trials]}})


async def test_writing_again_changes_nothing_and_partitions_add_up(client: Any) -> None:
    store = RewardStore(client)
    for _ in range(2):
        await store.put("outcomes", 0, counted(10, 4))
        await store.put("outcomes", 1, counted(3, 1))
        await store.put("feedback", 0, counted(5, 2))
    assert await store.totals("e") == ({"good": 7}, {"good": 3.5})


async def test_older_totals_never_replace_newer_ones(client: Any) -> None:
    store = RewardStore(client)
    await store.put("outcomes", 0, counted(10, 4))
    await store.put("outcomes", 0, counted(9, 3))
    assert await store.totals("e") == ({"good": 4}, {"good": 2.0})


async def test_a_topic_that_was_made_anew_begins_anew(client: Any) -> None:
    store = RewardStore(client)
    await store.put("outcomes", 0, counted(10, 4))
    await store.put("outcomes", 0, counted(2, 1, source="b"))
    assert await store.totals("e") == ({"good": 1}, {"good": 0.5})


@pytest.mark.parametrize("garbage", [b"\xff", b"[]", b'{"next":99}', b'{"source":"a"}', b"3"])
async def test_what_a_stranger_wrote_is_replaced(client: Any, garbage: bytes) -> None:
    store = RewardStore(client)
    await client.hset(key("e"), "outcomes:0", garbage)
    await store.put("outcomes", 0, counted(1, 1))
    assert await store.totals("e") == ({"good": 1}, {"good": 0.5})
