"""A channel keeps its order, its patience and its place after a fault."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic

import msgspec
import pytest
from tests.alerting.alert_text import alert
from tests.alerting.notice_text import notice

from streamgauge.alerting.configuration import Target
from streamgauge.alerting.delivery.channel import Channel
from streamgauge.alerting.delivery.entry import intent
from streamgauge.alerting.delivery.gauge import Gauges
from streamgauge.alerting.delivery.job import Outcome
from streamgauge.alerting.delivery.ledger import Ledger
from streamgauge.alerting.delivery.pace import Pace
from streamgauge.alerting.delivery.receipt import Receipt
from streamgauge.alerting.receivers.receiver import Context, Delivered, DeliveryError, Receiver
from streamgauge.alerting.routing.notice import Notice
from streamgauge.contracts.codec import encode
from streamgauge.contracts.topics import TOPICS
from streamgauge.settings import Settings

from .conftest import Owned

pytestmark = pytest.mark.kafka
# Which alert's name is longer than any record may be.
HUGE = 99
TEXT = "".join(f"{number:x}" for number in range(1_600_000))


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
    name = f"a{number}" if number != HUGE else TEXT
    return notice(alert(number), group=f"g{number}", aim="t/moody", firing=(f"{name}-1",))


def ended(owned: Owned, outcomes: list[Outcome], wanted: int) -> bool:
    return len(outcomes) == wanted or owned.ledger.epoch < 0


async def tell(
    owned: Owned,
    moody: Moody,
    *numbers: int | Notice,
    thread: dict[str, str] | None = None,
    overall: Pace | None = None,
    keep: Callable[[Receipt], None] = lambda _receipt: None,
) -> list[Outcome]:
    outcomes: list[Outcome] = []
    shared = overall or Pace(None, 1)
    channel = Channel(
        Target("t/moody", "t", True, 60.0, moody),
        ledger=owned.ledger,
        gauges=Gauges().channel("t/moody"),
        settle=outcomes.append,
        context=Context,
        overall=lambda: shared,
        keep=keep,
    )
    for number in numbers:
        told_of = told(number) if isinstance(number, int) else number
        channel.put(told_of, thread or {}, again=False)
    task = asyncio.create_task(channel.run())
    async with asyncio.timeout(60):
        while not (task.done() or ended(owned, outcomes, len(numbers))):  # noqa: ASYNC110 - a test's wait
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


async def test_a_receipt_is_kept_of_what_the_intent_announced(owned: Owned) -> None:
    kept: list[Receipt] = []
    await tell(owned, Moody(DeliveryError("later")), 1, keep=kept.append)
    first, again, _result = owned.entries
    assert kept == [Receipt(first.nonce, "ok", {"ts": "1"})]
    assert again.nonce == first.nonce != ""


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


async def test_retry_after_0_is_not_asked_at_once(owned: Owned) -> None:
    at_once = DeliveryError("HTTP 429", retry_after=0.0)
    begun = monotonic()
    await tell(owned, Moody(at_once, at_once), 1)
    assert monotonic() - begun >= 0.7


async def test_all_channels_together_keep_the_limit_and_nothing_is_dropped(owned: Owned) -> None:
    begun = monotonic()
    outcomes = await tell(owned, Moody(), 1, 2, 3, overall=Pace(4.0, 1))
    assert [outcome.delivered for outcome in outcomes] == [True, True, True]
    assert monotonic() - begun >= 0.5


async def test_who_sees_what_comes_again_is_told_one_by_one_unless_many_wait(owned: Owned) -> None:
    class Counting(Moody):
        concurrency = 4
        most = under_way = 0

        async def send(self, notices: Sequence[Notice], context: Context) -> Delivered:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            # A server that takes its time.
            await asyncio.sleep(0.05)
            self.under_way -= 1
            return await super().send(notices, context)

    await tell(owned, few := Counting(), *range(1, 6))
    await tell(owned, many := Counting(), *range(10, 50))
    assert few.most == 1
    assert many.most > 1


async def test_what_waits_together_goes_in_one_message_if_the_receiver_can(owned: Owned) -> None:
    await tell(owned, moody := Moody(coalesces=True), 1, 2, 3)
    assert moody.took == [["g1", "g2", "g3"]]
    await tell(owned, moody := Moody(coalesces=True), 4, 5, thread={"ts": "1"})
    assert moody.took == [["g4"], ["g5"]]


async def test_whose_ledger_was_claimed_by_another_sends_nothing(owned: Owned) -> None:
    await asyncio.to_thread(owned.ledger.claim, 10)
    assert await tell(owned, moody := Moody(), 1) == []
    assert moody.took == []


async def test_a_full_queue_is_waited_out(deployment: Settings, owned: Owned) -> None:
    narrow = Ledger(deployment.kafka, queued=1)
    async with asyncio.timeout(60):
        await asyncio.gather(*(narrow.send("dead-letters", b"k", b"{}") for _ in range(9)))
    narrow.own(owned.ledger.epoch)
    entries = [intent(told(number), {}) for number in range(9)]
    written = asyncio.create_task(narrow.write(entries))
    async with asyncio.timeout(60):
        while len(owned.entries) < len(entries):  # noqa: ASYNC110 - a test's wait
            await asyncio.sleep(0.01)
    for entry in owned.entries:
        narrow.hear(entry)
    assert await written > 0
    await asyncio.to_thread(narrow.close, 5)


@pytest.mark.parametrize("coalesces", [False, True])
async def test_what_kafka_never_takes_is_owed_again_and_stops_nothing(
    owned: Owned, *, coalesces: bool
) -> None:
    outcomes = await tell(owned, moody := Moody(coalesces=coalesces), 1, HUGE, 2)
    assert {one.notice.group: one.delivered for one in outcomes} == {
        "g1": True,
        f"g{HUGE}": False,
        "g2": True,
    }
    assert sorted(moody.took) == [["g1"], ["g2"]]


async def test_an_answer_without_end_is_cut_and_is_no_name_of_a_message(owned: Owned) -> None:
    class Talkative(Moody):
        async def send(self, notices: Sequence[Notice], context: Context) -> Delivered:
            return Delivered(TEXT, {"ts": TEXT})

    (outcome,) = await tell(owned, Talkative(), 1)
    assert (outcome.delivered, outcome.thread) == (True, {})
    assert "…" in owned.entries[-1].detail
    (outcome,) = await tell(owned, Moody(DeliveryError(TEXT, permanent=True)), 2)
    assert (outcome.delivered, owned.entries[-1].detail[-1]) == (False, "…")


async def test_a_result_that_kafka_does_not_take_is_written_without_details(owned: Owned) -> None:
    class Talkative(Moody):
        async def send(self, notices: Sequence[Notice], context: Context) -> Delivered:
            return Delivered("x" * 900)

    # As long an intent as Kafka takes; its result says more.
    room = TOPICS["notifications"].max_message_bytes - len(encode(intent(told(1), {})))
    wide = msgspec.structs.replace(told(1), labels={"x": TEXT[: room - 600]})
    (outcome,) = await tell(owned, Talkative(), wide)
    assert outcome.delivered
    assert [(one.phase, bool(one.labels)) for one in owned.entries] == [
        ("intent", True),
        ("delivered", False),
    ]
