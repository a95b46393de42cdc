"""Alertmanager's acceptance cases (test/with_api_v2/acceptance), in virtual time."""

from functools import partial

from streamgauge.alerting.matcher import read_matcher
from streamgauge.alerting.routing.notice import Notice
from streamgauge.alerting.routing.plan import Aim, Plan
from streamgauge.alerting.routing.route import Route
from streamgauge.contracts.alert import Alert

from .stage import Stage, alert, inhibition, outside, plan, silence


def named(*names: str) -> list[Alert]:
    return [alert(name=name) for name in names]


def over(name: str, at: float) -> Alert:
    return alert("resolved", name=name, ends=at)


def test_records_of_one_alert_are_merged() -> None:
    # TestMergeAlerts, with the records that the API writes; repeat_interval is 1 ms.
    stage = Stage(plan(repeat_interval=0.001))
    for record in (
        outside("firing", 1.1, at=1),
        outside("firing", 1, at=1.2),
        outside("firing", 1, at=2.1, note="v1"),
        outside("firing", 1, at=3.6, note="v2"),
        outside("resolved", 1, at=4.6, note="v2", ends=4.5),
        outside("resolved", 1, at=4.8, note="v3", ends=4.8),
        outside("firing", 5, at=5.3, episode=2),
    ):
        stage.take(record.updated_at / 1_000, record)
    stage.run(6.5)
    seen = [
        (n.at / 1000, a.starts_at, a.ends_at, a.annotations.get("ann"), a.state)
        for n in stage.notices
        for a in n.alerts
    ]
    assert seen == [
        (2, 1000, None, None, "firing"),
        (3, 1000, None, "v1", "firing"),
        (4, 1000, None, "v2", "firing"),
        (5, 1000, 4800, "v3", "resolved"),
        (6, 5000, None, None, "firing"),
    ]


def test_a_failing_integration_is_told_later_and_the_other_one_not_again() -> None:
    # TestRetry: the second webhook fails until 4.5.
    def deliver(notice: Notice) -> bool:
        return notice.aim == "team/first" or notice.at >= 4_500

    aims = (Aim("team/first", send_resolved=True), Aim("team/second", send_resolved=True))
    retry = plan(group_interval=2, repeat_interval=3, aims=aims)
    stage = Stage(retry, deliver)
    stage.take(1, *named("t1"))
    stage.run(7)
    assert sorted((n.aim, n.at / 1000) for n in stage.notices) == [
        ("team/first", 2),
        ("team/first", 6),
        ("team/second", 6),
    ]


def test_alerts_of_a_group_are_told_together() -> None:
    # TestBatching.
    stage = Stage(plan(repeat_interval=4.9))
    stage.take(1.1, *named("t1"))
    stage.take(1.7, *named("t5"))
    stage.take(3.3, *named("t2", "t3", "t4"))
    told = stage.run(9.5)
    assert [(at, len(firing.split())) for at, firing, _ in told] == [(2.1, 2), (4.1, 5), (9.1, 5)]


def test_a_reload_starts_timers_again_and_forgets_nothing() -> None:
    # TestReload.
    again = plan(group_interval=6)
    stage = Stage(again)
    stage.take(1, *named("t1"))
    stage.do(3, lambda at: stage.dispatcher.reload(again, at))
    stage.take(4, *named("t2"))
    assert stage.run(9.5) == [(2, "t1", ""), (9, "t1 t2", "")]


def test_a_source_inhibits_while_it_fires() -> None:
    # TestInhibiting.
    rule = inhibition("alertname=JobDown", "alertname=InstanceDown", "job", "zone")
    stage = Stage(plan(repeat_interval=1, inhibitions=(rule,)))
    down = [
        alert(alertname="InstanceDown", name="down-" + zone, job="testjob", zone=zone)
        for zone in ("aa", "ab")
    ]
    source = partial(alert, alertname="JobDown", name="job", job="testjob", zone="aa", at=2.2)
    stage.take(1, alert(name="test1"), *down)
    stage.take(2.2, source())
    stage.take(3.6, source("resolved", ends=3.6))
    assert stage.run(4.5) == [
        (2, "down-aa down-ab test1", ""),
        (3, "down-ab job test1", ""),
        (4, "down-aa down-ab test1", "job"),
    ]


def test_one_of_two_sources_that_ends_uncovers_nothing() -> None:
    # research/alerting.md §0.4: Alertmanager 0.34 keeps one source per set of equal labels.
    rule = inhibition("kind=source", "kind=target", "job")
    stage = Stage(plan(group_by=("kind",), inhibitions=(rule,)))
    for name in ("a", "b"):
        stage.take(1, alert(name=name, kind="source", job="j"))
    stage.take(1, alert(name="t", kind="target", job="j"))
    stage.take(3.5, alert("resolved", name="b", kind="source", job="j", ends=3.5))
    assert stage.run(6) == [(2, "a b", ""), (4, "a", "b")]
    stage.take(6.5, alert("resolved", name="a", kind="source", job="j", ends=6.5))
    assert (7, "t", "") in stage.run(8)


def test_what_matches_both_sides_is_inhibited_by_a_one_sided_source_only() -> None:
    # inhibit/inhibit_test.go, TestInhibitRuleMatches: rule s2=1 inhibits t2=1, equal e.
    rule = inhibition('s2="1"', 't2="1"', "e")
    both = partial(alert, s2="1", t2="1", e="1")
    stage = Stage(plan(inhibitions=(rule,)))
    stage.take(1, both(name="source"), both(name="both"))
    stage.take(1, alert(name="target", t2="1", e="1"), alert(name="other", t2="1", e="2"))
    assert stage.run(2.5) == [(2, "both other source", "")]


def test_a_silence_covers_its_time() -> None:
    # TestSilencing.
    stage = Stage(plan(repeat_interval=0.001))
    stage.take(1, *named("t1", "t2"))
    quiet = silence("s", 2.5, 4.5, "name=t1")
    stage.do(2.5, lambda at: stage.dispatcher.silence(quiet, at))
    assert stage.run(5.5) == [(2, "t1 t2", ""), (3, "t2", ""), (4, "t2", ""), (5, "t1 t2", "")]


def test_a_deleted_silence_covers_nothing() -> None:
    # TestSilenceDelete.
    stage = Stage(plan(repeat_interval=0.001))
    stage.take(1, *named("t1", "t2"))
    stage.do(1.5, lambda at: stage.dispatcher.silence(silence("s", 1.5, 100, "name=~.+"), at))
    over = silence("s", 1.5, 3.5, "name=~.+", updated=3.5)
    stage.do(3.5, lambda at: stage.dispatcher.silence(over, at))
    assert stage.run(4.5) == [(4, "t1 t2", "")]


def test_resolved_before_the_first_flush_is_never_told() -> None:
    stage = Stage(plan(group_wait=30))
    stage.take(1, *named("t1"))
    stage.take(20, over("t1", 20))
    assert stage.run(100) == []
    assert stage.dispatcher.position() == 2


def test_a_resolve_that_nobody_wants_to_hear_is_recorded() -> None:
    stage = Stage(plan(aims=(Aim("mail", send_resolved=False),)))
    stage.take(1, *named("t1"))
    stage.take(2.5, over("t1", 2.5))
    stage.take(4.5, alert(name="t1", episode=2, at=4.5))
    assert stage.run(10) == [(2, "t1", ""), (5, "t1", "")]
    assert [n.seq for n in stage.notices] == [1, 2]
    assert len({n.episode for n in stage.notices}) == 2


def test_an_episode_that_begins_between_two_flushes_is_told() -> None:
    # Alertmanager would say nothing; a page about something new must not be lost.
    stage = Stage(plan(group_interval=10))
    stage.take(1, *named("t1"))
    stage.take(3, over("t1", 3))
    stage.take(4, alert(name="t1", episode=2, at=4))
    assert stage.run(15) == [(2, "t1", ""), (12, "t1", "")]
    assert len({n.episode for n in stage.notices}) == 1


def test_while_a_notice_is_on_its_way_changes_wait() -> None:
    stage = Stage(plan())
    dispatcher = stage.dispatcher
    dispatcher.take(alert(name="a"), 1_000, 0)
    (first,) = dispatcher.advance(2_000)
    dispatcher.take(alert("resolved", name="a", ends=2.5), 2_500, 1)
    assert dispatcher.advance(10_000) == []
    assert dispatcher.position() == 0
    dispatcher.settle(first, True, 10_100)
    (second,) = dispatcher.advance(10_100)
    assert (second.reason, second.episode, second.seq) == ("resolved", first.episode, 2)
    assert dispatcher.position() == 1
    dispatcher.settle(second, True, 10_200)
    assert dispatcher.position() == 2


def test_every_matching_route_has_its_own_group() -> None:
    log = Route(receiver="log", key="{}/{}", on=True, group_wait=0, group_by=None)
    pager = Route(
        receiver="pager",
        key='{}/{severity="critical"}',
        matchers=(read_matcher("severity=critical"),),
        group_wait=0,
        group_by=("alertname", "gone"),
    )
    receivers: dict[str, tuple[Aim, ...]] = {
        name: (Aim(name, send_resolved=True),) for name in ("log", "pager", "rest")
    }
    stage = Stage(Plan(route=Route(receiver="rest", routes=(log, pager)), receivers=receivers))
    stage.take(1, alert(name="a", severity="critical"))
    stage.run(1)
    assert [n.group for n in stage.notices] == [
        '{}/{}:{alertname="test", name="a", severity="critical"}',
        '{}/{severity="critical"}:{alertname="test"}',
    ]
