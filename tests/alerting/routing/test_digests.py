"""Digests come at their time of day, whatever clocks and crashes do."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from streamgauge.alerting.matcher import read_matcher
from streamgauge.alerting.routing.digests import next_moment
from streamgauge.alerting.routing.dispatcher import Dispatcher
from streamgauge.alerting.routing.plan import Aim, Digest, Plan
from streamgauge.alerting.routing.told import Told
from streamgauge.contracts.alert import Alert

from .stage import HOUR, Stage, alert, plan

DAY = 24 * HOUR
INFO = (read_matcher('severity="info"'),)
MODEL = read_matcher('model="m"')


def info(number: int, hour: float) -> Alert:
    return alert(name=f"a{number}", severity="info", model="m", at=hour * 3600)


def daily(*, weekday: int | None = None, only: bool = True) -> Plan:
    mail = {"mail": (Aim("mail/email", send_resolved=True),)}
    digest = Digest("info", "mail", INFO, minute=9 * 60, weekday=weekday, only=only)
    base = plan(group_interval=3_600, repeat_interval=7_200)
    return Plan(route=base.route, receivers=base.receivers | mail, digests=(digest,))


def moments(digest: Digest, start: datetime, count: int) -> list[str]:
    at = round(start.timestamp() * 1000)
    found = []
    for _ in range(count):
        at = next_moment(digest, at)
        found.append(f"{datetime.fromtimestamp(at / 1000, ZoneInfo(digest.zone)):%a %d %H:%M %z}")
    return found


def test_a_time_of_day_is_that_of_its_zone() -> None:
    berlin = Digest("d", "mail", (), minute=9 * 60, zone="Europe/Berlin")
    assert moments(berlin, datetime(2026, 3, 27, 12, tzinfo=UTC), 3) == [
        "Sat 28 09:00 +0100",
        "Sun 29 09:00 +0200",
        "Mon 30 09:00 +0200",
    ]
    # 02:30 does not exist on the 29th of March and comes twice on the 25th of October.
    night = Digest("d", "mail", (), minute=150, zone="Europe/Berlin")
    assert moments(night, datetime(2026, 3, 28, 12, tzinfo=UTC), 2) == [
        "Sun 29 03:30 +0200",
        "Mon 30 02:30 +0200",
    ]
    assert moments(night, datetime(2026, 10, 24, 12, tzinfo=UTC), 2) == [
        "Sun 25 02:30 +0200",
        "Mon 26 02:30 +0100",
    ]
    weekly = Digest("d", "mail", (), minute=0, weekday=0)
    assert moments(weekly, datetime(2026, 3, 27, tzinfo=UTC), 2) == [
        "Mon 30 00:00 +0000",
        "Mon 06 00:00 +0000",
    ]


def test_a_day_of_small_things_is_told_in_one_message() -> None:
    stage = Stage(daily())
    for number in range(3):
        stage.take(3600 * (10 + number), info(number, 10 + number))
    stage.take(3600 * 15, alert("resolved", name="a0", severity="info", model="m", ends=3600 * 15))
    stage.take(3600 * 16, alert(name="loud", at=3600 * 16))
    stage.run(3600 * 24 * 3)
    told = [(n.at / HOUR, n.receiver, n.reason) for n in stage.notices]
    # What a digest tells is told nowhere else; the quiet day after has none.
    assert [event for event in told if event[1] == "mail"] == [(33, "mail", "digest")]
    assert {reason for _, receiver, reason in told if receiver == "team"} == {"new", "repeat"}
    digest = next(n for n in stage.notices if n.reason == "digest")
    assert digest.text == (
        "3 alerts fired, 1 ended\nby severity: info 4\nby rule: test 4\nby model: m 4"
    )
    assert [a.state for a in digest.alerts] == ["firing", "firing", "resolved"]
    assert stage.dispatcher.position() == 5


def test_a_weekly_one_comes_even_when_nothing_happened() -> None:
    stage = Stage(daily(weekday=0))
    stage.run(0)
    # The first Monday after the 1st of January 1970, a Thursday.
    stage.run(3600 * 24 * 12)
    assert [n.at / DAY for n in stage.notices] == [4.375, 11.375]


def test_a_failed_one_is_told_later_with_all_it_had() -> None:
    stage = Stage(daily(), lambda notice: notice.at > 34 * HOUR)
    stage.take(3600 * 10, info(1, 10))
    stage.take(3600 * 33.5, info(2, 33.5))
    stage.run(3600 * 35)
    assert [(len(n.alerts), n.seq > 1) for n in stage.notices] == [(2, True)]


def test_one_that_failed_is_told_with_all_its_counts() -> None:
    stage = Stage(daily(), lambda notice: notice.at > 34 * HOUR)
    for number in range(130):
        stage.take(3600 * 10 + number, info(number, 10))
    stage.take(3600 * 33.5, info(200, 33.5))
    stage.run(3600 * 35)
    (digest,) = stage.notices
    assert digest.text.startswith("131 alerts fired, 0 ended")
    # A restart before it has arrived begins where the failed one began.
    assert int(digest.episode) < 11 * HOUR


@pytest.mark.parametrize("delivered", [False, True])
def test_one_that_is_changed_on_its_way_is_told_once_and_loses_nothing(*, delivered: bool) -> None:
    dispatcher = Dispatcher(daily())
    assert dispatcher.advance(9 * HOUR) == []
    dispatcher.take(info(1, 10), 10 * HOUR)
    (first,) = dispatcher.advance(33 * HOUR)
    dispatcher.take(info(2, 33.1), round(33.1 * HOUR))
    # It comes at ten from now on, and has a word more to match.
    base = daily()
    digest = msgspec.structs.replace(base.digests[0], minute=600, matchers=(*INFO, MODEL))
    dispatcher.reload(msgspec.structs.replace(base, digests=(digest,)), round(33.2 * HOUR))
    assert dispatcher.advance(round(33.3 * HOUR)) == []
    dispatcher.settle(first, delivered, round(33.4 * HOUR))
    (second,) = dispatcher.advance(34 * HOUR)
    names = [one.labels["name"] for one in second.alerts]
    assert (names, second.seq) == (["a2"] if delivered else ["a1", "a2"], 2)


def test_a_restart_counts_the_time_since_the_last_one() -> None:
    at = 33 * HOUR
    place = ('{}/digest="info":{}', "mail/email")
    again = Dispatcher(daily())
    again.restore([], [], {place: Told(4, "0", at)})
    again.remember(info(1, 32.9), 33 * HOUR - 1)
    again.remember(info(2, 40), 40 * HOUR)
    assert again.advance(50 * HOUR) == []
    (digest,) = again.advance(57 * HOUR)
    assert ([a.labels["name"] for a in digest.alerts], digest.seq) == (["a2"], 5)


def test_one_that_was_due_while_nobody_ran_comes_late() -> None:
    again = Dispatcher(daily())
    again.restore([], [], {('{}/digest="info":{}', "mail/email"): Told(1, "0", 33 * HOUR)})
    again.remember(info(2, 40), 40 * HOUR)
    assert [n.seq for n in again.advance(60 * HOUR)] == [2]


def test_one_of_which_nobody_knows_is_told_again_with_the_same_key() -> None:
    stage = Stage(daily())
    stage.take(3600 * 10, info(1, 10))
    stage.run(3600 * 33)
    (first,) = stage.notices
    again = Dispatcher(daily())
    unknown = Told(first.seq, first.episode, first.at, delivered=False)
    again.restore([], [], {(first.group, first.aim): unknown})
    again.remember(info(1, 10), 10 * HOUR)
    (second,) = again.advance(33 * HOUR + 5)
    assert (second.key, second.alerts) == (first.key, first.alerts)


def test_a_first_one_that_a_crash_interrupts_counts_its_own_day() -> None:
    again = Dispatcher(daily())
    again.restore([], [], {})
    for number, hour in enumerate((2, 20, 30, 34, 50)):
        again.remember(info(number, hour), hour * HOUR)
    assert again.advance(52 * HOUR) == []
    (digest,) = again.advance(57 * HOUR)
    # The last nine o'clock before the crash was the 33rd hour.
    assert [a.labels["name"] for a in digest.alerts] == ["a3", "a4"]
