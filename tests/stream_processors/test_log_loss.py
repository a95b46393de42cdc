"""What Kafka may do to a state log and its source: retention, deletion, a restart."""

import asyncio
import time
from collections.abc import Callable

import pytest
from tests.conftest import CACHE, wait_until
from tests.stream_processors.log_sums import (
    commit,
    delete_before,
    desk,
    feed,
    first_offset,
    make_anew,
    once,
)

from streamgauge.bench import kafka_node
from streamgauge.producers.provision import provision
from streamgauge.settings import Kafka, Settings
from streamgauge.stream_processors.log_driver import Refused
from streamgauge.stream_processors.log_trim import KEPT_S

pytestmark = pytest.mark.kafka


@pytest.fixture
def kafka(deployment: Settings) -> Kafka:
    return deployment.kafka


async def test_what_retention_took_is_a_loss_with_an_exact_range(
    kafka: Kafka, needs: Callable[[str], None]
) -> None:
    needs("delete_records")
    feed(kafka, 30)
    with desk(kafka) as first:
        held = await first.log.acquire(0)
        first.count(held, 10)
        assert await first.log.drain(60)
    delete_before(kafka, "predictions", 17)
    with desk(kafka) as second:
        held = await second.log.acquire(0)
        assert (held.stopped, held.lost, held.state_lost, held.next) == (None, (10, 17), False, 17)
        second.count(held, 30)
        assert await second.log.drain(60)
    with desk(kafka) as third:
        held = await third.log.acquire(0)
        # Told again until a base covers it: the process may have died before it could tell.
        assert (held.lost, held.next) == ((10, 17), 30)
        assert held.sums == once(10) | once(17, 30)
        third.rebase(held)
        await third.until(lambda: held.base > 0, "a base that counts")
    with desk(kafka) as fourth:
        held = await fourth.log.acquire(0)
        # The delta that will name the base is not written yet; it is one fold from the start.
        assert held.lost is None


async def test_a_state_that_is_gone_is_said_and_counted_anew(kafka: Kafka) -> None:
    feed(kafka, 20)
    commit(kafka, 12)
    with desk(kafka) as first:
        held = await first.log.acquire(0)
        assert held.stopped
        assert (held.state_lost, held.lost, held.take_commit()) == (True, None, 0)
        commit(kafka, 0)
    with desk(kafka) as second:
        held = await second.log.acquire(0)
        assert (held.stopped, held.state_lost, held.next) == (None, True, 0)


async def test_a_source_that_ends_before_the_sums_is_refused(kafka: Kafka) -> None:
    with desk(kafka) as first:
        held = await first.log.acquire(0)
        first.count(held, 10)
        assert await first.log.drain(60)
    with desk(kafka) as second, pytest.raises(Refused, match="ends at 0"):
        await second.log.acquire(0)


async def test_another_topic_of_the_same_name_is_refused_however_often(kafka: Kafka) -> None:
    feed(kafka, 20)
    with desk(kafka) as first:
        held = await first.log.acquire(0)
        first.count(held, 10)
        assert await first.log.drain(60)
    make_anew(kafka, "predictions")
    feed(kafka, 20)
    with desk(kafka) as second:
        for _ in range(2):
            with pytest.raises(Refused, match="deleted and made again"):
                await second.log.acquire(0)


async def test_a_log_that_is_made_anew_under_its_owner_stops_it(
    kafka: Kafka, needs: Callable[[str], None]
) -> None:
    # The embedded broker answers for a deleted topic what librdkafka 2.16 does not survive.
    needs("durable")
    feed(kafka, 20)
    with desk(kafka) as first:
        held = await first.log.acquire(0)
        first.count(held, 10)
        assert await first.log.drain(60)
        make_anew(kafka, first.log.topic)
        first.count(held, 20)
        await first.until(lambda: held.stopped, "the owner sees that its log is gone")


async def test_a_log_is_cut_below_a_base_that_is_old_enough(
    kafka: Kafka, needs: Callable[[str], None]
) -> None:
    needs("delete_records")
    feed(kafka, 100)
    with desk(kafka) as first:
        held = await first.log.acquire(0)
        bases = [0]

        async def base(end: int) -> None:
            first.count(held, end)
            first.rebase(held)
            await first.until(lambda: held.base > bases[-1], f"the base at {end}")
            bases.append(held.base)

        for end in (10, 20, 30):
            await base(end)
        middle = time.time() + 0.002
        wait_until(lambda: time.time() > middle + 0.002, 5, "the next milliseconds")
        for end in (40, 50):
            await base(end)
        first.count(held, 60)
        assert await first.log.drain(60)
        # The first call of a run is never the time; five minutes later it is.
        await first.log.trim(middle + KEPT_S - 301)
        assert first_offset(kafka, first.log.topic) == 0
        await first.log.trim(middle + KEPT_S)
        # The newest base before the middle is the third; the delta behind it names it.
        assert first_offset(kafka, first.log.topic) == bases[3]
        await first.log.trim(time.time() + KEPT_S + 400)
        assert first_offset(kafka, first.log.topic) == bases[3]
    with desk(kafka) as second:
        held = await second.log.acquire(0)
        assert (held.next, held.sums, held.state_lost) == (60, once(60), False)


async def test_a_broker_that_dies_and_returns_stops_no_owner() -> None:
    if reason := kafka_node.obstacle(CACHE):
        pytest.skip(f"needs a Kafka that keeps its log: {reason}")
    with kafka_node.kafka_node(CACHE) as node:
        provision(node.kafka)
        feed(node.kafka, 20)
        with desk(node.kafka) as first:
            held = await first.log.acquire(0)
            first.count(held, 10)
            assert await first.log.drain(60)
            node.stop(kill=True)
            first.count(held, 15)
            await asyncio.to_thread(node.restart)
            first.count(held, 20)
            assert await first.log.drain(60)
            assert (held.stopped, held.take_commit(), held.sums) == (None, 20, once(20))
