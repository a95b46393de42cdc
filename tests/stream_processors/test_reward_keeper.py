"""A keeper of `reward` on a real broker: what counts, what a restart finds, what must end it."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import NoReturn

import msgspec
import pytest
import redis.asyncio as redis
from confluent_kafka import Producer
from faust.types import TP
from tests.conftest import wait_until
from tests.stream_processors import records
from tests.stream_processors.log_sums import delete_before, first_offset, make_anew
from tests.stream_processors.test_reward import outcome

from streamgauge.settings import Experiment, Settings
from streamgauge.stream_processors.application import EX_DATAERR, EX_TEMPFAIL
from streamgauge.stream_processors.kept_partition import End
from streamgauge.stream_processors.label_join import LabelJoin
from streamgauge.stream_processors.log_trim import KEPT_S
from streamgauge.stream_processors.outbox import Outbox
from streamgauge.stream_processors.record_batch import RecordBatch
from streamgauge.stream_processors.reward_keeper import RewardKeeper

pytestmark = pytest.mark.kafka
LOG = "state.reward.outcomes"
PLACE = TP("outcomes", 0)


@pytest.fixture
def settings(deployment: Settings) -> Settings:
    experiment = Experiment(model="m", arms={"good": "1", "bad": "2"}, within=1.0)
    return msgspec.structs.replace(deployment, experiments={"e": experiment})


def unknown(_partition: int) -> End | None:
    return None


class Stopped(Exception):  # noqa: N818 what would end a process
    """What `stop` was told."""


class Keeper(RewardKeeper):
    """A keeper whose end is an exception, and whose commits are noted."""

    rewound: dict[TP, int]

    def stop(self, reason: str, code: int = EX_TEMPFAIL) -> NoReturn:
        raise Stopped(reason, code)

    async def until(self, condition: Callable[[], object], what: str) -> dict[TP, int]:
        """Flush until it holds; what may be committed then."""
        deadline = time.monotonic() + 60
        self.flush(unknown)
        while not condition():
            assert time.monotonic() < deadline, what
            await self._log.drain(0.1)
            self.flush(unknown)
        return self.commits()

    def totals(self) -> tuple[int, dict[str, dict[str, list[int]]]]:
        """What is known to count: up to where, and what."""
        counted = self.kept[0].counted
        return counted.next, counted.totals


@asynccontextmanager
async def keeper(
    settings: Settings, clock: Callable[[], float] = time.time
) -> AsyncIterator[Keeper]:
    desk = settings.receipt.desk()
    assert desk
    outbox = Outbox(settings.kafka, "test")
    async with redis.from_url(settings.redis.url) as client:
        join = LabelJoin.of(settings, client)
        one = Keeper(settings, "outcomes", outbox, desk, join, trims=True, clock=clock)
        one.rewound = {}
        one.rewind = _noting(one)
        try:
            yield one
        finally:
            one.close()
            outbox.flush(5)


def _noting(one: Keeper) -> Callable[[dict[TP, int]], Awaitable[None]]:
    async def rewind(offsets: dict[TP, int]) -> None:
        one.rewound |= offsets

    return rewind


def batch(values: Sequence[bytes], first: int = 0) -> RecordBatch:
    class Record(msgspec.Struct):
        offset: int
        value: bytes
        key: None = None
        timestamp: int = 0

    found = [Record(first + number, value) for number, value in enumerate(values)]
    return RecordBatch.of(first, first + len(found), found)


def good(settings: Settings, count: int, first: int = 0) -> list[bytes]:
    """Outcomes of the good arm, each worth 1, on the source topic too."""
    values = [outcome(settings, n, "good", 10.0) for n in range(first, first + count)]
    producer = Producer(settings.kafka.confluent())
    for value in values:
        producer.produce("outcomes", value, partition=0)
    assert producer.flush(60) == 0
    return values


def worth(count: int) -> dict[str, dict[str, list[int]]]:
    return {"e": {"good": [count, count * 1_000_000]}} if count else {}


async def test_a_restart_goes_on_behind_what_was_counted(settings: Settings) -> None:
    values = good(settings, 10)
    async with keeper(settings) as first:
        await first.acquire([0])
        await first.take(0, batch(values))
        await first.release([0])
        assert first.commits() == {PLACE: 10}
        assert first.commits() == {}
    async with keeper(settings) as second:
        await second.acquire([0])
        assert (second.kept[0].position, second.totals()) == (10, (10, worth(10)))
        # The same batch again, as a fetch that was under way brings it, is no news.
        await second.take(0, batch(values))
        second.kept[0].rebase()
        await second.take(0, batch(good(settings, 5, 10), 10))
        await second.until(lambda: second.kept[0].held.base > 0, "a base that counts")
        await second.take(0, batch(good(settings, 1, 15), 15))
        await second.release([0])
    async with keeper(settings) as third:
        await third.acquire([0])
        assert third.totals() == (16, worth(16))


async def test_nobody_is_told_what_is_not_known_to_count(settings: Settings) -> None:
    async with keeper(settings) as zombie, keeper(settings) as heir:
        await zombie.acquire([0])
        await zombie.take(0, batch(good(settings, 4)))
        zombie.kept[0].write(0)
        assert zombie.totals() == (0, {})
        assert await zombie.until(lambda: zombie.totals()[0] == 4, "it counts") == {PLACE: 4}
        assert zombie.totals() == (4, worth(4))
        await heir.acquire([0])
        assert heir.totals() == (4, worth(4))
        # The zombie does not know yet.
        await zombie.take(0, batch(good(settings, 6, 4), 4))
        kept = zombie.kept[0]
        with pytest.raises(Stopped, match="claimed by another"):
            await zombie.until(lambda: False, "the zombie hears the claim")
        assert kept.counted.totals == worth(4)
        await heir.take(0, batch(good(settings, 3, 10), 4))
        await heir.until(lambda: heir.totals() == (7, worth(7)), "the heir counts")


async def test_a_fetch_behind_a_gap_ends_the_worker_and_rewinds_the_group(
    settings: Settings,
) -> None:
    async with keeper(settings) as one:
        await one.acquire([0])
        await one.take(0, batch(good(settings, 3)))
        await one.until(lambda: one.totals()[0] == 3, "it counts")
        with pytest.raises(Stopped, match="fetched 5 after 3"):
            await one.take(0, batch(good(settings, 3, 5), 5))
        assert one.rewound == {PLACE: 3}


async def test_a_source_that_is_made_anew_under_its_owner_ends_it_and_pages(
    settings: Settings, needs: Callable[[str], None]
) -> None:
    needs("metadata")
    async with keeper(settings) as one:
        await one.acquire([0])
        await one.take(0, batch(good(settings, 5)))
        await one.until(lambda: one.totals()[0] == 5, "it counts")
        one.flush(lambda _: End(5, 0))
        await one.watch()
        make_anew(settings.kafka, "outcomes")
        # A fetch that begins again where it has been.
        with pytest.raises(Stopped, match="made again") as ended:
            await one.take(0, batch(good(settings, 9)))
        assert ended.value.args[1] == EX_DATAERR
    (alert,) = records.alerts(settings)
    assert (alert.rule, alert.labels["stage"]) == ("state_refused", "reward")


async def test_a_source_that_ends_before_what_was_counted_ends_the_worker(
    settings: Settings,
) -> None:
    async with keeper(settings) as one:
        await one.acquire([0])
        await one.take(0, batch(good(settings, 5)))
        one.flush(unknown)
        await one.watch()
        one.flush(lambda _: End(4, 0))
        with pytest.raises(Stopped, match="counted up to 5, the source ends at 4"):
            await one.watch()


async def test_what_retention_took_is_a_page_and_not_a_silence(
    settings: Settings, needs: Callable[[str], None]
) -> None:
    needs("delete_records")
    values = good(settings, 10)
    async with keeper(settings) as first:
        await first.acquire([0])
        await first.take(0, batch(values[:4]))
        await first.release([0])
    delete_before(settings.kafka, "outcomes", 7)
    async with keeper(settings) as second:
        await second.acquire([0])
        assert second.kept[0].position == 7
        await second.take(0, batch(values[7:], 7))
        await second.until(lambda: second.totals() == (10, worth(7)), "the rest")
    (alert,) = records.alerts(settings)
    assert (alert.rule, alert.labels["stage"]) == ("data_loss", "reward")
    assert (alert.evidence["from"], alert.evidence["to"]) == (4, 7)


async def test_the_log_is_cut_below_a_base_that_is_old_enough(
    settings: Settings, needs: Callable[[str], None]
) -> None:
    needs("delete_records")
    now = [time.time()]
    async with keeper(settings, lambda: now[0]) as one:
        await one.acquire([0])
        held = one.kept[0].held

        async def add(number: int) -> None:
            await one.take(0, batch(good(settings, 1, number), number))
            await one.until(lambda: held.counted == number + 1, "it counts")

        await add(0)
        one.kept[0].rebase()
        await one.until(lambda: held.base > 0, "a base that counts")
        base = held.base
        old = time.time() + 0.002
        wait_until(lambda: time.time() > old + 0.002, 5, "the next milliseconds")
        await add(1)
        # The first call of a run is never the time; five minutes later it is.
        for at in (old + KEPT_S - 301, old + KEPT_S):
            assert first_offset(settings.kafka, LOG) == 0
            now[0] = at
            await one.trim()
        assert first_offset(settings.kafka, LOG) == base
    async with keeper(settings) as other:
        await other.acquire([0])
        assert other.totals() == (2, worth(2))
