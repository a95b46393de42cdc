"""Silence of merge and judge is told, and its end."""

import msgspec

from streamgauge.alerting.routing.dispatcher import Dispatcher
from streamgauge.alerting.routing.plan import Aim, Watch
from streamgauge.alerting.routing.told import Told
from streamgauge.alerting.routing.watchdog import GROUP, Sight, Watchdog

from .stage import MINUTE, alert, plan

ON_CALL = (Aim("on-call/pagerduty", send_resolved=True),)


WATCH = Watch("on-call", after=2 * MINUTE)


def watch(now: int = 0) -> Watchdog:
    dog = Watchdog(WATCH, ON_CALL)
    assert dog.due() is None
    assert dog.advance(now) == []
    return dog


def test_it_says_who_is_silent_and_that_they_speak_again() -> None:
    dog = watch()
    dog.see_tick(MINUTE)
    dog.see_alert(MINUTE)
    assert dog.due() == 3 * MINUTE
    assert dog.advance(3 * MINUTE - 1) == []
    (first,) = dog.advance(3 * MINUTE)
    assert (first.reason, first.fires) == ("watch", True)
    assert first.text.startswith("merge silent for 2m")
    assert dog.advance(4 * MINUTE) == []
    dog.settle(first, delivered=True, at=4 * MINUTE)
    assert dog.due() is None
    dog.see_tick(5 * MINUTE)
    assert dog.due() is None
    dog.see_alert(5 * MINUTE)
    assert dog.due() == 5 * MINUTE
    (second,) = dog.advance(5 * MINUTE)
    assert (second.fires, second.episode, second.seq) == (False, first.episode, 2)
    dog.settle(second, delivered=True, at=5 * MINUTE)
    assert dog.advance(6 * MINUTE) == []


def test_it_says_how_long_ago_both_were_heard_of() -> None:
    dog = watch()
    # Nobody has shown it a tick.
    assert dog.sights(MINUTE) == [Sight("judge", MINUTE, missing=False)]
    dog.see_tick(MINUTE)
    assert dog.sights(2 * MINUTE) == [
        Sight("merge", MINUTE, missing=False),
        Sight("judge", 2 * MINUTE, missing=True),
    ]


def test_a_fresh_tick_without_alerts_is_the_judges_silence() -> None:
    dog = watch()
    dog.see_tick(3 * MINUTE)
    (notice,) = dog.advance(3 * MINUTE)
    assert notice.text.startswith("judge silent for 3m: no rule is evaluated")


def test_what_failed_is_told_again_and_what_was_told_is_not() -> None:
    dog = watch()
    (first,) = dog.advance(2 * MINUTE)
    assert first.text.startswith("merge or judge silent for 2m")
    dog.settle(first, delivered=False, at=2 * MINUTE)
    assert dog.advance(2 * MINUTE) == []
    assert dog.due() == 3 * MINUTE
    (again,) = dog.advance(3 * MINUTE)
    other = Watchdog(WATCH, ON_CALL)
    other.restore({(GROUP, again.aim): Told.of(again)})
    # A start is neither a silence nor a word.
    assert other.advance(4 * MINUTE) == []
    assert other.due() is None
    other.see_alert(5 * MINUTE)
    assert [(n.fires, n.episode) for n in other.advance(5 * MINUTE)] == [(False, again.episode)]


def test_a_changed_watch_goes_on_where_it_was() -> None:
    dog = watch()
    dog.see_tick(0)
    (first,) = dog.advance(2 * MINUTE)
    # While that is on its way, another time is configured, then none, then the first again.
    aims = {ON_CALL[0].name}
    dog.follow(msgspec.structs.replace(WATCH, after=3 * MINUTE), ON_CALL, aims)
    dog.follow(None, (), aims)
    assert (dog.due(), dog.sights(9 * MINUTE), dog.silent(9 * MINUTE)) == (None, [], "")
    dog.follow(WATCH, ON_CALL, aims)
    assert dog.advance(10 * MINUTE) == []
    dog.settle(first, delivered=True, at=10 * MINUTE)
    assert dog.advance(10 * MINUTE) == []
    dog.see_tick(11 * MINUTE)
    dog.see_alert(11 * MINUTE)
    (second,) = dog.advance(11 * MINUTE)
    assert (second.fires, second.episode, second.seq) == (False, first.episode, 2)


def test_nobody_is_called_for_a_silence_in_which_nobody_watched() -> None:
    dog = Watchdog(None, ())
    assert dog.advance(0) == []
    dog.follow(WATCH, ON_CALL, {ON_CALL[0].name})
    assert dog.advance(9 * MINUTE) == []
    assert [one.fires for one in dog.advance(11 * MINUTE)] == [True]


def test_the_dispatcher_watches_the_alert_that_always_fires() -> None:
    base = plan()
    receivers = base.receivers | {"on-call": ON_CALL}
    dispatcher = Dispatcher(msgspec.structs.replace(base, receivers=receivers, watch=WATCH))
    assert dispatcher.advance(0) == []
    for minute in range(5):
        dispatcher.take(alert(alertname="Watchdog", at=minute * 60), minute * MINUTE, minute)
        # Nobody is told of it.
        assert dispatcher.advance(minute * MINUTE) == []
    assert (dispatcher.next_due(), dispatcher.position()) == (6 * MINUTE, 5)
    (notice,) = dispatcher.advance(6 * MINUTE)
    assert (notice.reason, notice.receiver) == ("watch", "on-call")
    dispatcher.settle(notice, True, 6 * MINUTE)
    assert dispatcher.next_due() is None
    dispatcher.take(alert(alertname="Watchdog", at=600), 10 * MINUTE, 5)
    due = dispatcher.next_due()
    assert due is not None
    assert [n.fires for n in dispatcher.advance(due)] == [False]
