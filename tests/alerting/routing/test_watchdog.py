"""Silence of merge and judge is told, and its end."""

from streamgauge.alerting.routing.plan import Aim, Watch
from streamgauge.alerting.routing.told import Told
from streamgauge.alerting.routing.watchdog import GROUP, Watchdog

from .stage import MINUTE

ON_CALL = (Aim("on-call/pagerduty", send_resolved=True),)


def watch(now: int = 0) -> Watchdog:
    return Watchdog(Watch("on-call", after=2 * MINUTE), ON_CALL, now)


def test_it_says_who_is_silent_and_that_they_speak_again() -> None:
    dog = watch()
    dog.see_tick(MINUTE)
    dog.see_alert(MINUTE)
    assert dog.due() == 3 * MINUTE
    assert dog.advance(3 * MINUTE - 1) == []
    (first,) = dog.advance(3 * MINUTE)
    assert (first.reason, first.fires) == ("watch", True)
    assert first.text.startswith("merge has been silent for 2m")
    assert dog.advance(4 * MINUTE) == []
    dog.settle(first, delivered=True)
    dog.see_tick(4 * MINUTE)
    dog.see_alert(4 * MINUTE)
    (second,) = dog.advance(4 * MINUTE)
    assert (second.fires, second.episode, second.seq) == (False, first.episode, 2)
    dog.settle(second, delivered=True)
    assert dog.advance(5 * MINUTE) == []


def test_a_fresh_tick_without_alerts_is_the_judges_silence() -> None:
    dog = watch()
    dog.see_tick(3 * MINUTE)
    (notice,) = dog.advance(3 * MINUTE)
    assert notice.text.startswith("judge has been silent for 3m: no rule is evaluated")


def test_what_failed_is_told_again_and_what_was_told_is_not() -> None:
    dog = watch()
    (first,) = dog.advance(2 * MINUTE)
    dog.settle(first, delivered=False)
    (again,) = dog.advance(2 * MINUTE)
    other = watch(now=2 * MINUTE)
    other.restore([((GROUP, again.aim), Told.of(again))])
    # A start is no silence: the end is told, as both count as heard.
    assert [(n.fires, n.episode) for n in other.advance(2 * MINUTE)] == [(False, again.episode)]
