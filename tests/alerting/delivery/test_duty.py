import logging
from collections.abc import Mapping
from typing import Any, cast, get_args

import msgspec
import pytest
from tests.alerting.alert_text import alert

from streamgauge.alerting.delivery import channel as delivery
from streamgauge.alerting.delivery.clock import Clock
from streamgauge.alerting.delivery.duty import Duty
from streamgauge.alerting.delivery.gauge import Gauges
from streamgauge.alerting.delivery.inbox import Assigned
from streamgauge.alerting.delivery.job import Outcome
from streamgauge.alerting.delivery.restore import Restore
from streamgauge.alerting.routing.notice import Notice
from streamgauge.alerting.routing.plan import Aim, Digest, Plan
from streamgauge.alerting.routing.route import Route
from streamgauge.contracts.alert import Ack, Silence
from streamgauge.contracts.event import Labels
from streamgauge.contracts.notification import Notification, Phase


def silence(name: str, *matchers: str) -> Silence:
    return Silence(
        id=name,
        matchers=list(matchers),
        starts_at=0,
        ends_at=10_000,
        created_by="ada",
        comment="c",
    )


def test_a_digest_that_failed_before_the_start_is_told_by_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    digest = Digest("d", "team", (), minute=9 * 60)
    aims: dict[str, tuple[Aim, ...]] = {"team": (Aim("team/email", send_resolved=True),)}
    plan = Plan(route=Route(receiver="team"), receivers=aims, digests=(digest,))
    restore = Restore(Assigned(epoch=0, start=9, since=0, floor=0, first=False, ends={}))
    about: dict[str, Any] = {"group": '{}/digest="d":{}', "receiver": "team/email", "seq": 3}
    at = 33 * 3_600_000
    for offset, phase in enumerate(get_args(Phase)):
        if phase != "delivered":
            entry = Notification(id="d", ts=at, phase=phase, epoch=0, episode="7", **about)
            restore.book.take(offset, entry)
    restore.earlier = [(alert(1), at - 1)]
    duty = Duty(
        plan,
        restore,
        clock=Clock(at + 1, 0),
        channels={},
        gauges=Gauges(),
        refused=lambda _message, _reject: None,
    )
    duty.begin(restore, 0)
    # With its number, and from where it began.
    assert 'was to be told {}/digest="d":{}/team/email/7/3' in caplog.text


class Channel:
    """Keeps what it is to tell; everything arrives at once."""

    def __init__(self) -> None:
        self.told: list[Notice] = []

    def put(self, notice: Notice, _thread: Labels, *, again: bool) -> None:
        assert not again
        self.told.append(notice)


def test_two_who_acknowledge_at_once_are_each_told_of_once() -> None:
    channel = Channel()
    plan = Plan(
        route=Route(receiver="team", group_wait=0),
        receivers={"team": (Aim("team/x", send_resolved=True),)},
    )
    duty = Duty(
        plan,
        Restore(Assigned(epoch=0, start=0, since=0, floor=0, first=True, ends={})),
        clock=Clock(1_000, 0),
        channels=cast("Mapping[str, delivery.Channel]", {"team/x": channel}),
        gauges=Gauges(),
        refused=lambda _message, _reject: None,
    )
    fired = alert(1)
    duty.dispatcher.take(fired, 1_000)
    duty.flush(1_000)
    base = Ack(
        id=fired.episode_id, fingerprint=fired.fingerprint, episode=1, owner="Ada", ends_at=9_999
    )
    acks = [base, msgspec.structs.replace(base, owner="Eve", at=1)]
    # As the API writes them, and as the topic brings them back.
    for ack in (*acks, *acks):
        duty.settle(Outcome(channel.told[-1], delivered=True, thread={}), 1)
        duty.acknowledge(ack, 1_001)
        duty.flush(1_001)
    said = [one.text.partition(" for ")[0] for one in channel.told]
    assert said == ["", "acknowledged by Ada", "acknowledged by Eve"]


def test_a_silence_that_nobody_can_read_does_not_stop_the_start(
    caplog: pytest.LogCaptureFixture,
) -> None:
    restore = Restore(Assigned(epoch=0, start=0, since=0, floor=0, first=True, ends={}))
    restore.silences = {
        b"wrong": silence("wrong", 'a=~"("'),
        b"everything": silence("everything"),
        b"right": silence("right", "a=b"),
    }
    plan = Plan(route=Route(receiver="team"), receivers={"team": ()})
    duty = Duty(
        plan,
        restore,
        clock=Clock(1_000, 0),
        channels={},
        gauges=Gauges(),
        refused=lambda _message, _reject: None,
    )
    with caplog.at_level(logging.WARNING):
        duty.begin(restore, 0)
    assert [one.id for one in duty.dispatcher.silences()] == ["right"]
    assert "silence wrong does not count" in caplog.text
    assert "silence everything does not count" in caplog.text
