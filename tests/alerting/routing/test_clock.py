"""Clocks that jump, reloads in the middle, flapping, storms: the dispatcher's odd days."""

import sys
from types import FrameType

from streamgauge.alerting.matcher import read_matcher
from streamgauge.alerting.routing.dispatcher import Dispatcher
from streamgauge.alerting.routing.plan import Aim, Plan
from streamgauge.alerting.routing.route import Route
from streamgauge.alerting.routing.told import Told

from .stage import HOUR, SECOND, Stage, alert, inhibition, ms, plan

LONG = plan(group_wait=30, group_interval=300, repeat_interval=4 * 3600)


def test_a_clock_that_jumps_ahead_repeats_nothing() -> None:
    dispatcher = Dispatcher(LONG)
    dispatcher.take(alert(name="a"), 0, 0)
    (first,) = dispatcher.advance(30 * SECOND)
    dispatcher.settle(first, True, 30 * SECOND)
    assert dispatcher.advance(HOUR) == []
    dispatcher.take(alert(name="b"), HOUR + 1, 1)
    due = dispatcher.next_due()
    assert due is not None
    assert due <= HOUR + 300 * SECOND
    assert [len(n.alerts) for n in dispatcher.advance(due)] == [2]


def test_a_clock_that_is_set_back_neither_stalls_nor_repeats() -> None:
    dispatcher = Dispatcher(LONG)
    dispatcher.take(alert(name="a"), 2 * HOUR, 0)
    (first,) = dispatcher.advance(2 * HOUR + 30 * SECOND)
    dispatcher.settle(first, True, 2 * HOUR + 30 * SECOND)
    assert dispatcher.advance(HOUR) == []
    dispatcher.take(alert(name="b"), HOUR + SECOND, 1)
    due = dispatcher.next_due()
    assert due is not None
    assert due <= HOUR + 300 * SECOND
    (second,) = dispatcher.advance(due)
    assert (len(second.alerts), second.episode, second.seq) == (2, first.episode, 2)


def test_a_restart_after_the_clock_was_set_back_tells_what_is_new() -> None:
    dispatcher = Dispatcher(LONG)
    dispatcher.take(alert(name="a"), 2 * HOUR, 0)
    (first,) = dispatcher.advance(2 * HOUR + 30 * SECOND)
    again = Dispatcher(LONG)
    again.restore([(alert(name="a"), HOUR)], [], {(first.group, first.aim): Told.of(first)})
    again.take(alert(name="b"), HOUR + SECOND, 1)
    again.caught_up(HOUR + 2 * SECOND)
    assert [len(n.alerts) for n in again.advance(HOUR + 40 * SECOND)] == [2]


def test_a_notice_on_its_way_is_not_told_again_by_a_reload() -> None:
    dispatcher = Dispatcher(LONG)
    dispatcher.take(alert(name="a"), 0, 7)
    (first,) = dispatcher.advance(30 * SECOND)
    dispatcher.reload(LONG, 31 * SECOND)
    assert dispatcher.advance(HOUR) == []
    assert dispatcher.position() == 7
    dispatcher.settle(first, True, HOUR)
    assert dispatcher.advance(2 * HOUR) == []
    assert dispatcher.position() == 8


def test_what_a_reload_sends_elsewhere_is_told_there() -> None:
    stage = Stage(plan())
    stage.take(1, alert(name="a"))
    stage.run(5)
    moved = Plan(
        route=Route(receiver="other", group_wait=0),
        receivers={"other": (Aim("other/mail", send_resolved=True),)},
    )
    stage.do(6, lambda at: stage.dispatcher.reload(moved, at))
    stage.take(7, alert("resolved", name="a", ends=7))
    stage.run(HOUR / SECOND)
    assert [(n.aim, n.at, n.reason) for n in stage.notices] == [
        ("team/webhook", 2 * SECOND, "new"),
        ("other/mail", 6 * SECOND, "new"),
        ("other/mail", 306 * SECOND, "resolved"),
    ]


def test_flapping_is_told_once() -> None:
    stage = Stage(plan(group_wait=0))
    stage.take(0, alert(name="a"))
    for second in range(10, 60, 10):
        stage.take(second, alert(name="a", flapping=True))
    stage.take(70, alert(name="a"))
    stage.take(80, alert("resolved", name="a", ends=80))
    told = stage.run(100)
    assert [(names, over) for _, names, over in told] == [("a", ""), ("a", ""), ("", "a")]
    assert [n.text for n in stage.notices] == [
        "",
        "flapping, so changes are told no more: test",
        "",
    ]


def test_what_is_muted_as_a_whole_is_no_message_that_all_is_well() -> None:
    rule = inhibition("kind=source", "kind=target")
    stage = Stage(plan(group_by=("kind",), inhibitions=(rule,)))
    stage.take(1, alert(name="t", kind="target"))
    stage.take(3.5, alert(name="s", kind="source"))
    assert stage.run(10) == [(2, "t", ""), (4.5, "s", "")]


def test_a_storm_takes_no_more_steps_for_each_alert_than_a_breeze() -> None:
    # 50,000 alerts in 5 groups and in as many as there are alerts; measured: 0.3 s and 1.6 s.
    def steps(count: int, group_by: tuple[str, ...] | None) -> int:
        rules = (inhibition("kind=source", "kind=target", "zone"),)
        dispatcher = Dispatcher(plan(group_by=group_by, inhibitions=rules))
        alerts = [
            alert(
                name=f"a{n}",
                zone=str(n % 5),
                kind="source" if n % 100 == 0 else "target",
            )
            for n in range(count)
        ]
        taken = 0

        def step(_frame: FrameType, event: str, _argument: object) -> None:
            nonlocal taken
            taken += event in ("call", "c_call")

        sys.setprofile(step)
        try:
            for offset, one in enumerate(alerts):
                dispatcher.take(one, 1_000, offset)
            for notice in dispatcher.advance(2_000):
                dispatcher.settle(notice, True, 2_000)
        finally:
            sys.setprofile(None)
        assert dispatcher.position() == count
        return taken

    for group_by in (("zone",), None):
        # Quadratic, it would be 64 times as many.
        assert steps(4_000, group_by) < 10 * steps(500, group_by)


def test_a_position_waits_for_whoever_has_not_been_told() -> None:
    pager = Route(receiver="pager", key="{}/p", matchers=(read_matcher("page=yes"),), on=True)
    aims = {name: (Aim(name, send_resolved=True),) for name in ("pager", "team")}
    log = Route(receiver="team", key="{}/t")
    both: dict[str, tuple[Aim, ...]] = {**aims}
    dispatcher = Dispatcher(Plan(route=Route(receiver="team", routes=(pager, log)), receivers=both))
    dispatcher.take(alert(name="a", page="yes"), 0, 40)
    dispatcher.take(alert(name="b"), 0, 41)
    dispatcher.take(alert("pending", name="c"), 0, 42)
    told = {notice.aim: notice for notice in dispatcher.advance(ms(30))}
    assert dispatcher.position() == 40
    dispatcher.settle(told["team"], True, ms(31))
    assert dispatcher.position() == 40
    dispatcher.settle(told["pager"], True, ms(32))
    assert dispatcher.position() == 43


def test_a_next_episode_comes_to_those_who_have_settled_the_last_one() -> None:
    aims = {name: (Aim(name, send_resolved=True),) for name in ("fast", "slow")}
    both: dict[str, tuple[Aim, ...]] = {**aims}
    fast = Route(receiver="fast", key="{}/f", on=True, group_wait=0, group_interval=SECOND)
    slow = Route(receiver="slow", key="{}/s", group_wait=0, group_interval=SECOND)
    root = Route(receiver="fast", routes=(fast, slow))
    dispatcher = Dispatcher(Plan(route=root, receivers=both))
    dispatcher.take(alert(name="a"), 0, 0)
    first = {notice.aim: notice for notice in dispatcher.advance(0)}
    dispatcher.settle(first["fast"], True, 0)
    dispatcher.take(alert("resolved", name="a", ends=0.5), 500, 1)
    (ended,) = dispatcher.advance(SECOND)
    dispatcher.settle(ended, True, SECOND)
    # The slow one has not heard of the first episode yet when the second begins.
    dispatcher.take(alert(name="a", episode=2, at=1.5), 1_500, 2)
    (again,) = dispatcher.advance(2 * SECOND)
    assert (again.aim, again.reason, [a.episode for a in again.alerts]) == ("fast", "new", [2])
