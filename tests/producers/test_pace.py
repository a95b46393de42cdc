import asyncio
import time
from itertools import count

from streamgauge.producers.pace import pace


async def test_nothing_comes_before_its_time_and_order_stays() -> None:
    start = time.monotonic()
    came = [
        (item, time.monotonic() - start)
        async for item in pace([(0.0, "a"), (0.1, "b"), (0.1, "c"), (0.3, "d")], asyncio.Event())
    ]
    assert [item for item, _ in came] == ["a", "b", "c", "d"]
    # What is due within 5 ms goes at once: the loop cannot wait for less with any accuracy.
    assert all(at >= due - 0.006 for (_, at), due in zip(came, (0, 0.1, 0.1, 0.3), strict=True))


async def test_stop_ends_a_wait() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(0.05, stop.set)
    assert [item async for item in pace([(0.0, 1), (60.0, 2)], stop)] == [1]


async def test_an_endless_stream_that_is_behind_time_still_hears_stop() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(0.05, stop.set)
    assert [item async for item in pace(((0.0, n) for n in count()), stop)]
