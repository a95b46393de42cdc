import logging

import pytest

from streamgauge.alerting.delivery.clock import Clock
from streamgauge.alerting.delivery.duty import Duty
from streamgauge.alerting.delivery.gauge import Gauges
from streamgauge.alerting.delivery.inbox import Assigned
from streamgauge.alerting.delivery.restore import Restore
from streamgauge.alerting.routing.plan import Plan
from streamgauge.alerting.routing.route import Route
from streamgauge.contracts.alert import Silence


def silence(name: str, *matchers: str) -> Silence:
    return Silence(
        id=name,
        matchers=list(matchers),
        starts_at=0,
        ends_at=10_000,
        created_by="ada",
        comment="c",
    )


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
