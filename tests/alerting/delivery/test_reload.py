"""Reloads in a storm, and files that are wrong in ways that nobody thought of."""

import asyncio
import threading

from streamgauge.alerting.configuration import Configuration, default
from streamgauge.alerting.delivery.gauge import Gauges
from streamgauge.alerting.delivery.reload import Reload
from streamgauge.settings import InputError


async def test_what_was_read_last_is_what_holds() -> None:
    gate, first, second = threading.Event(), default(), default()
    left, taken = [first, second], []

    def read() -> Configuration:
        one = left.pop(0)
        # The older file takes longer to read than the newer one.
        assert one is second or gate.wait(20)
        return one

    async def take(new: Configuration) -> None:
        taken.append(new)

    reload = Reload(read, take, Gauges())
    both = asyncio.gather(reload.now(), reload.now())
    # The second may go first only if nothing keeps it back.
    await asyncio.sleep(0.05)
    gate.set()
    assert list(await both) == [None, None]
    assert taken == [first, second]


async def test_a_storm_of_signals_reads_it_once_more() -> None:
    gate, begun = threading.Event(), threading.Event()
    reads: list[int] = []

    def read() -> Configuration:
        reads.append(1)
        begun.set()
        assert gate.wait(20)
        raise InputError("wrong")

    async def take(_new: Configuration) -> None:
        raise AssertionError

    reload = Reload(read, take, Gauges())
    following = asyncio.create_task(reload.follow())
    reload.ask()
    await asyncio.to_thread(begun.wait, 20)
    for _ in range(1_000):
        reload.ask()
    gate.set()
    assert await reload.now() == "wrong"
    # The one that was under way, the one asked for here, and one for all signals together.
    for _ in range(500):
        await asyncio.sleep(0.01 if len(reads) < 3 else 0)
    following.cancel()
    assert len(reads) == 3


async def test_a_fault_while_reading_is_told_and_changes_nothing() -> None:
    def read() -> Configuration:
        raise RecursionError

    async def take(_new: Configuration) -> None:
        raise AssertionError

    assert await Reload(read, take, Gauges()).now() == "RecursionError"
