"""Escalations and acknowledgements; GoAlert's cases where it has one."""

from collections.abc import Iterable

import msgspec

from streamgauge.alerting.matcher import read_matcher
from streamgauge.alerting.routing.dispatcher import Dispatcher
from streamgauge.alerting.routing.plan import Aim, Escalation, Plan
from streamgauge.alerting.routing.route import Route
from streamgauge.alerting.routing.time_interval import Period, TimeInterval
from streamgauge.alerting.routing.told import Told
from streamgauge.contracts.alert import Ack

from .stage import HOUR, MINUTE, Event, Stage, alert, ms

CHAIN = ("ML Team Lead", "Platform Team", "CTO")
CRITICAL = (read_matcher('severity="critical"'),)


def on_call(every: int = 15 * MINUTE) -> Plan:
    names = ("team", *CHAIN)
    return Plan(
        route=Route(receiver="team", group_wait=0, group_interval=MINUTE, repeat_interval=4 * HOUR),
        receivers={name: tuple(aims(name)) for name in names},
        escalations=(Escalation("ml", CRITICAL, CHAIN, every),),
    )


def aims(name: str) -> Iterable[Aim]:
    yield Aim(name, send_resolved=True)


def ack(seconds: float, ends: float, owner: str = "ada", note: str = "") -> Ack:
    name = alert(name="a", severity="critical").fingerprint
    return Ack(
        id=f"{name}-1",
        fingerprint=name,
        episode=1,
        owner=owner,
        at=ms(seconds),
        ends_at=ms(ends),
        note=note,
    )


def fire(stage: Stage, seconds: float = 0) -> None:
    stage.take(seconds, alert(name="a", severity="critical", at=seconds))


def end(stage: Stage, seconds: float) -> None:
    stage.take(seconds, alert("resolved", name="a", severity="critical", ends=seconds))


def acknowledge(stage: Stage, one: Ack) -> None:
    stage.do(one.at / 1000, lambda at: stage.dispatcher.acknowledge(one, at))


def heard(stage: Stage) -> list[tuple[float, str, str]]:
    """Minute, receiver and reason."""
    return [(n.at / MINUTE, n.receiver, n.reason) for n in stage.notices]


def test_the_chain_is_told_until_somebody_acknowledges() -> None:
    # GoAlert test/smoke escalationnotification: no acknowledgement in time, the next step.
    stage = Stage(on_call())
    fire(stage)
    stage.run(60 * 60)
    assert sorted(heard(stage)) == [
        (0, "ML Team Lead", "new"),
        (0, "team", "new"),
        (15, "Platform Team", "escalated"),
        (30, "CTO", "escalated"),
    ]
    assert stage.notices[-1].text == (
        "escalation ml, step 3 of 3: nobody has acknowledged for 30m; "
        "told before: ML Team Lead, Platform Team"
    )


def test_the_first_of_the_chain_is_told_once_when_a_route_tells_it_anyway() -> None:
    # Two groups would be two incidents of PagerDuty, and two of every mail.
    chain = Escalation("ml", CRITICAL, ("team", "CTO"), 15 * MINUTE)
    stage = Stage(msgspec.structs.replace(on_call(), escalations=(chain,)))
    fire(stage)
    stage.run(60 * 60)
    assert heard(stage) == [(0, "team", "new"), (15, "CTO", "escalated")]
    end(stage, 61 * 60)
    stage.run(70 * 60)
    ended = {(receiver, reason) for _, receiver, reason in heard(stage)[2:]}
    assert ended == {("team", "resolved"), ("CTO", "resolved")}


def test_a_route_that_is_quiet_at_night_does_not_replace_the_first_of_the_chain() -> None:
    chain = Escalation("ml", CRITICAL, ("team", "CTO"), 15 * MINUTE)
    quiet = msgspec.structs.replace(on_call().route, mute=("nights",))
    night = TimeInterval((Period(),))
    plan = msgspec.structs.replace(
        on_call(), route=quiet, escalations=(chain,), intervals={"nights": night}
    )
    stage = Stage(plan)
    fire(stage)
    stage.run(60)
    assert heard(stage) == [(0, "team", "new")]


def test_an_acknowledgement_stops_it_and_those_who_were_told_hear_of_it() -> None:
    # GoAlert test/smoke multiack, statusupdates: to those notified, not to whoever caused it.
    stage = Stage(on_call())
    fire(stage)
    acknowledge(stage, ack(20 * 60, 120 * 60, owner="Platform Team", note="on it"))
    acknowledge(stage, ack(21 * 60, 120 * 60, owner="Platform Team"))
    stage.run(60 * 60)
    assert sorted(heard(stage)[3:]) == [
        (20, "ML Team Lead", "acknowledged"),
        (20, "team", "acknowledged"),
    ]
    assert stage.notices[-1].text == "acknowledged by Platform Team for 1h40m: on it"
    end(stage, 70 * 60 - 1)
    stage.run(80 * 60)
    # The end goes to everybody of the chain who was told, and to nobody else.
    assert sorted(heard(stage)[5:]) == [
        (70, "ML Team Lead", "resolved"),
        (70, "Platform Team", "resolved"),
        (70, "team", "resolved"),
    ]


def test_ten_minutes_are_told_as_ten_minutes_however_long_the_record_took() -> None:
    stage = Stage(on_call())
    fire(stage)
    owned = ack(60, 660)
    stage.do(60.04, lambda at: stage.dispatcher.acknowledge(owned, at))
    stage.run(61)
    assert {n.text for n in stage.notices if n.reason == "acknowledged"} == {
        "acknowledged by ada for 10m"
    }


def test_repeats_go_on_when_an_acknowledgement_ends_or_the_next_episode_begins() -> None:
    stage = Stage(on_call())
    fire(stage)
    acknowledge(stage, ack(60, 6 * 3600))
    stage.run(5.9 * 3600)
    assert {reason for _, _, reason in heard(stage)[2:]} == {"acknowledged"}
    stage.run(6.1 * 3600)
    assert sorted(heard(stage)[4:]) == [(360, "ML Team Lead", "repeat"), (360, "team", "repeat")]
    stage.take(7 * 3600, alert("resolved", name="a", severity="critical", ends=7 * 3600))
    stage.take(8 * 3600, alert(name="a", severity="critical", episode=2, at=8 * 3600))
    stage.run(8 * 3600)
    assert sorted(heard(stage)[8:]) == [(480, "ML Team Lead", "new"), (480, "team", "new")]


def test_others_of_the_group_are_told_without_the_owned_one() -> None:
    stage = Stage(on_call())
    fire(stage)
    acknowledge(stage, ack(60, 3600))
    stage.take(119, alert(name="b", at=119))
    stage.take(239, alert("resolved", name="b", ends=239))
    end(stage, 359)
    told: list[Event] = stage.run(600)
    team = [event for event, n in zip(told, stage.notices, strict=True) if n.receiver == "team"]
    # While a fires nobody hears that all is well: it stands in the message of b's end.
    assert team == [
        (0, "a", ""),
        (60, "a", ""),
        (120, "b", ""),
        (240, "a", "b"),
        (360, "", "a"),
    ]
    assert len({n.episode for n in stage.notices if n.receiver == "team"}) == 1


def test_a_restart_neither_forgets_nor_doubles_an_escalation() -> None:
    stage = Stage(on_call())
    fire(stage)
    stage.run(20 * 60)
    told = {(n.group, n.aim): Told.of(n) for n in stage.notices}
    again = Dispatcher(on_call())
    # The newest record of the alert came when the notifier started again, by `alert-state`.
    came = ms(22 * 60)
    again.restore([(alert(name="a", severity="critical"), came)], [], told)
    after = Stage(on_call(), dispatcher=again)
    after.run(60 * 60)
    assert heard(after) == [(30, "CTO", "escalated")]
    end(after, 61 * 60)
    after.run(70 * 60)
    assert len(after.notices) == 1 + 4


def test_a_restart_keeps_what_is_owned() -> None:
    stage = Stage(on_call())
    fire(stage)
    acknowledge(stage, ack(60, 7200))
    stage.run(5 * 60)
    told = {(n.group, n.aim): Told.of(n) for n in stage.notices}
    again = Dispatcher(on_call())
    came = ms(6 * 60)
    alerts = [(alert(name="a", severity="critical"), came)]
    again.restore(alerts, [ack(60, 7200)], told)
    after = Stage(on_call(), dispatcher=again)
    after.run(60 * 60)
    assert heard(after) == []
    end(after, 61 * 60 - 1)
    after.run(62 * 60)
    assert sorted(heard(after)) == [(61, "ML Team Lead", "resolved"), (61, "team", "resolved")]
