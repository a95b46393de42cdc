"""A channel keeps its order, its patience and its place after a fault."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress

import pytest

from streamgauge.alerting.channel import Channel, Job
from streamgauge.alerting.configuration import Target
from streamgauge.alerting.gauge import Gauges
from streamgauge.alerting.ledger import Ledger
from streamgauge.alerting.receivers.receiver import (
    Context,
    Delivered,
    DeliveryError,
    Receiver,
)
from streamgauge.alerting.routing.notice import Notice
from streamgauge.contracts.alert import Alert
from streamgauge.settings import Settings

from .alert_text import alert

pytestmark = pytest.mark.kafka


class Moody(Receiver):
    """Fails as told, then takes everything."""

    def __init__(self, *moods: Exception) -> None:
        self.moods = list(moods)
        self.took: list[str] = []

    async def send(self, notices: Sequence[Notice], context: Context) -> Delivered:
        if self.moods:
            raise self.moods.pop(0)
        self.took += [alert.id for notice in notices for alert in notice.alerts]
        return Delivered("ok")


@pytest.fixture
def ledger(deployment: Settings) -> Iterator[Ledger]:
    ledger = Ledger(deployment.kafka)
    yield ledger
    ledger.close(5)


async def tell(ledger: Ledger, moody: Moody, *alerts: Alert, wanted: bool = True) -> int:
    done: list[None] = []
    channel = Channel(Target("t/moody", "t", True, 1.5, moody), ledger, Gauges())
    for one in alerts:
        channel.put(Job(one, "why", lambda: done.append(None), lambda: wanted))
    task = asyncio.create_task(channel.run())
    await asyncio.wait_for(channel.idle(), 20)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return len(done)


async def test_it_tries_again_and_keeps_the_order(ledger: Ledger) -> None:
    moody = Moody(DeliveryError("later"))
    firing, resolved = alert(1), alert(1, "resolved")
    assert await tell(ledger, moody, firing, resolved) == 2
    assert moody.took == [firing.id, resolved.id]


async def test_it_gives_up_when_its_patience_ends_or_cannot_last(ledger: Ledger) -> None:
    absurd = DeliveryError("HTTP 429", retry_after=86_400)
    assert await tell(ledger, moody := Moody(absurd), alert(1), alert(2)) == 2
    assert moody.took == [alert(2).id]


async def test_a_fault_in_a_receivers_code_stops_no_other_message(ledger: Ledger) -> None:
    assert await tell(ledger, moody := Moody(KeyError("x")), alert(1), alert(2)) == 2
    assert moody.took == [alert(2).id]


async def test_what_has_a_result_is_not_told_again(ledger: Ledger) -> None:
    moody = Moody()
    ledger.recall([(alert(1).id, "t/moody")])
    assert await tell(ledger, moody, alert(1), alert(2), alert(2)) == 3
    assert moody.took == [alert(2).id]


async def test_what_somebody_else_tells_now_is_left_to_them(ledger: Ledger) -> None:
    assert await tell(ledger, moody := Moody(), alert(1), wanted=False) == 0
    assert moody.took == []
