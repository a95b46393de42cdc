"""Events at their time: not before it, and not after somebody said stop."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")
# The event loop cannot wait for less with any accuracy; what is due within it goes at once.
GRAIN = 0.005
PATIENCE = 100


async def pace(items: Iterable[tuple[float, T]], stop: asyncio.Event) -> AsyncIterator[T]:
    """Hand out each item `at` seconds after the first call; end early when `stop` is set."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    for number, (at, item) in enumerate(items):
        wait = start + at - loop.time()
        if wait > GRAIN:
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), wait)
        elif number % PATIENCE == 0:
            # Behind time there is no waiting, but signals and answers want their turn.
            await asyncio.sleep(0)
        if stop.is_set():
            return
        yield item
