"""A channel keeps its order, its patience and its place after a fault."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic

import pytest
from tests.alerting.alert_text import alert
from tests.alerting.notice_text import notice

from streamgauge.alerting.configuration import Target
from streamgauge.alerting.delivery.channel import Channel, Outcome
from streamgauge.alerting.gauge import Gauges
from streamgauge.alerting.receivers.receiver import Context, Delivered, DeliveryError, Receiver
from streamgauge.alerting.routing.notice import Notice

from .conftest import Owned

pytestmark = pytest.mark.kafka


class Moody(Receiver):
    """Fails as told, then takes everything."""

    def __init__(self, *moods: Exception, coalesces: bool = False) -> None:
        self.moods = list(moods)
        self.coalesces = coalesces
        self.took: list[list[str]] = []
        self.contexts: list[Context] = []

    async def send(self, notices: Sequence[Notice], context: Context) -> Delivered:
        if self.moods:
            raise self.moods.pop(0)
        self.took.append([notice.group for notice in notices])
        self.contexts.append(context)
        return Delivered("ok", {"ts": "1"})


def told(number: int) -> Notice:
    return notice(alert(number), group=f"g{number}", aim="t/moody", firing=(f"a{number}-1",))


def ended(owned: Owned, outcomes: list[Outcome], wanted: int) -> bool:
    return len(outcomes) == wanted or owned.ledger.epoch < 0


async def tell(
    owned: Owned, moody: Moody, *numbers: int, thread: dict[str, str] | None = None
) -> list[Outcome]:
    outcomes: list[Outcome] = []
    channel = Channel(
        Target("t/moody", "t", True, 1.5, moody),
        ledger=owned.ledger,
        gauges=Gauges().channel("t/moody"),
        settle=outcomes.append,
        context=Context,
    )
    for number in numbers:
        channel.put(told(number), thread or {}, again=False)
    task = asyncio.create_task(channel.run())
    async with asyncio.timeout(20):
        while not ended(owned, outcomes, len(numbers)):  # noqa: ASYNC110 - a test's wait
            await asyncio.sleep(0.01)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return outcomes


async def test_it_tries_again_and_writes_down_what_came_of_it(owned: Owned) -> None:
    (outcome,) = await tell(owned, Moody(DeliveryError("later")), 1)
    assert (outcome.delivered, outcome.thread) == (True, {"ts": "1"})
    intent, again, result = owned.entries
    assert (intent.phase, again.phase, result.phase) == ("intent", "intent", "delivered")
    assert (intent.firing, intent.id, result.attempts) == (["a1-1"], again.id, 2)


async def test_after_an_unknown_outcome_the_receiver_is_told_so(owned: Owned) -> None:
    await tell(owned, moody := Moody(DeliveryError("reset", unknown=True)), 1)
    await tell(owned, known := Moody(DeliveryError("HTTP 500")), 2)
    assert [one.again for one in (*moody.contexts, *known.contexts)] == [True, False]


async def test_while_one_waits_to_be_tried_again_the_others_go_on(owned: Owned) -> None:
    moody = Moody(DeliveryError("later"))
    await tell(owned, moody, 1, 2)
    assert moody.took == [["g2"], ["g1"]]


async def test_it_gives_up_when_its_patience_cannot_last(owned: Owned) -> None:
    absurd = DeliveryError("HTTP 429", retry_after=86_400)
    (outcome,) = await tell(owned, Moody(absurd), 1)
    assert not outcome.delivered
    assert owned.entries[-1].phase == "failed"


async def test_a_fault_in_a_receivers_code_stops_no_other_message(owned: Owned) -> None:
    outcomes = await tell(owned, moody := Moody(KeyError("x")), 1, 2)
    assert [outcome.delivered for outcome in outcomes] == [False, True]
    assert moody.took == [["g2"]]


async def test_retry_after_holds_up_the_whole_channel(owned: Owned) -> None:
    moody = Moody(DeliveryError("HTTP 429", retry_after=0.7))
    begun = monotonic()
    await tell(owned, moody, 1, 2)
    assert monotonic() - begun >= 0.7
    assert len(moody.took) == 2


async def test_what_waits_together_goes_in_one_message_if_the_receiver_can(owned: Owned) -> None:
    await tell(owned, moody := Moody(coalesces=True), 1, 2, 3)
    assert moody.took == [["g1", "g2", "g3"]]
    await tell(owned, moody := Moody(coalesces=True), 4, 5, thread={"ts": "1"})
    assert moody.took == [["g4"], ["g5"]]


async def test_whose_ledger_was_claimed_by_another_sends_nothing(owned: Owned) -> None:
    await asyncio.to_thread(owned.ledger.claim, 10)
    assert await tell(owned, moody := Moody(), 1) == []
    assert moody.took == []
