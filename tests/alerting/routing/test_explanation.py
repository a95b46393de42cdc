"""Everybody can ask why they were told, or why not."""

from streamgauge.alerting.routing.explanation import Hearer
from streamgauge.alerting.routing.plan import Aim

from .stage import Stage, alert, inhibition, ms, plan, silence

TARGET = alert(name="t", kind="target")


def explained(stage: Stage, seconds: float) -> list[Hearer]:
    found = stage.dispatcher.explain(TARGET.fingerprint, ms(seconds))
    assert found is not None
    assert {route.why for route in found.routes} == {"route default to team"}
    return [hearer for route in found.routes for hearer in route.hearers]


def says(stage: Stage, seconds: float) -> list[tuple[str, str, int | None]]:
    stage.run(seconds)
    return [(one.told, one.next, one.next_at) for one in explained(stage, seconds)]


def test_it_says_what_an_alert_waits_for() -> None:
    stage = Stage(plan(group_wait=30, group_interval=300, repeat_interval=3600))
    stage.take(0, TARGET)
    assert says(stage, 1) == [("not told", "waits for group_wait", 30_000)]
    # Told at 30 s; flushes are every 5 minutes, and 3630 s is not yet longer than an hour ago.
    assert says(stage, 31) == [("told that it fires", "repeated", 3_930_000)]
    stage.take(40, alert("resolved", name="t", kind="target", ends=40))
    assert says(stage, 41) == [("told that it fires", "waits for group_interval", 330_000)]


def test_the_next_repeat_is_when_it_says() -> None:
    stage = Stage(plan(group_wait=0, group_interval=300, repeat_interval=1000))
    stage.take(0, TARGET)
    ((_, _, at),) = says(stage, 1)
    stage.run(4000)
    assert stage.notices[1].at == at


def test_it_says_what_keeps_it_from_being_told() -> None:
    rule = inhibition("kind=source", "kind=target")
    stage = Stage(plan(inhibitions=(rule,), group_wait=30))
    stage.take(0, TARGET, alert(name="s", kind="source"))
    assert says(stage, 1) == [
        ("not told", 'inhibited by {alertname="test", kind="source", name="s"}', None)
    ]
    stage.take(2, alert("resolved", name="s", kind="source", ends=2))
    stage.do(3, lambda at: stage.dispatcher.silence(silence("s1", 3, 60, "name=t"), at))
    assert says(stage, 4) == [("not told", "silenced by ada (s1): maintenance", 60_000)]


def test_it_says_what_is_on_its_way_and_what_is_not_wanted() -> None:
    aims = (Aim("mail", send_resolved=False),)
    stage = Stage(plan(group_wait=0, aims=aims))
    stage.dispatcher.take(TARGET, 0)
    (notice,) = stage.dispatcher.advance(0)
    assert [one.next for one in explained(stage, 1)] == ["on its way since 0"]
    stage.dispatcher.settle(notice, True, 0)
    stage.take(0.1, alert("resolved", name="t", kind="target", ends=0.1))
    assert [text for _, text, _ in says(stage, 0.2)] == ["does not want to hear that it is over"]
