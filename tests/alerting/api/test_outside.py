"""Alerts from outside: written when something changes, believed as long as their sender says."""

from datetime import UTC, datetime

import pytest

from streamgauge.alerting.api.outside import MOST_BYTES, News, Outside, Posted

TIMEOUT = 300_000
T0 = 1_760_000_000_000
MINUTE = 60_000


def at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def sent(ends: int | None = None, starts: int | None = None, **more: str) -> Posted:
    return Posted(
        labels={"alertname": "Full", "disk": "sda", "severity": "critical"},
        annotations=more,
        starts=None if starts is None else at(starts),
        ends=None if ends is None else at(ends),
        generator="http://prometheus/graph",
    )


def hear(outside: Outside, now: int, *posted: Posted) -> News:
    news = outside.hear(posted, now, TIMEOUT)
    outside.settle(news)
    return news


def test_a_new_alert_is_written_and_its_repetitions_are_not() -> None:
    outside = Outside()
    (alert,) = hear(outside, T0, sent(T0 + 4 * MINUTE, starts=T0 - 1_000)).alerts
    assert (alert.state, alert.rule, alert.severity) == ("firing", "Full", "critical")
    assert (alert.position, alert.ends_at, alert.expires_at) == (-1, None, T0 + 4 * MINUTE)
    assert (alert.starts_at, alert.episode) == (T0 - 1_000, T0)
    assert alert.id == f"{alert.fingerprint}-{T0}-firing"
    for minute in range(1, 120):
        now = T0 + minute * MINUTE
        assert hear(outside, now, sent(now + 4 * MINUTE, starts=T0 - 1_000)).alerts == []
        assert outside.expire(now).alerts == []


def test_a_resolved_alert_is_written_once_and_begins_a_new_episode_later() -> None:
    outside = Outside()
    (first,) = hear(outside, T0, sent()).alerts
    (over,) = hear(outside, T0 + MINUTE, sent(T0 + MINUTE - 5)).alerts
    assert (over.state, over.ends_at, over.episode) == ("resolved", T0 + MINUTE - 5, first.episode)
    assert over.id == f"{first.fingerprint}-{first.episode}-resolved"
    assert hear(outside, T0 + 2 * MINUTE, sent(T0 + MINUTE - 5)).alerts == []
    # The same beginning as before, as a Prometheus that was away sends it.
    (again,) = hear(outside, T0 + 9 * MINUTE, sent(starts=T0)).alerts
    assert again.episode > first.episode
    assert again.fingerprint == first.fingerprint


def test_what_nobody_repeats_is_over_when_its_time_has_come() -> None:
    outside = Outside()
    hear(outside, T0, sent())
    hear(outside, T0 + MINUTE, sent())
    assert outside.expire(T0 + MINUTE + TIMEOUT - 1).alerts == []
    news = outside.expire(T0 + MINUTE + TIMEOUT)
    assert [(one.state, one.ends_at) for one in news.alerts] == [
        ("resolved", T0 + MINUTE + TIMEOUT)
    ]
    # Kafka was away: it is tried again until it is written.
    assert len(outside.expire(T0 + MINUTE + TIMEOUT).alerts) == 1
    outside.settle(news)
    assert outside.expire(T0 + MINUTE + TIMEOUT).alerts == []


def test_changed_texts_are_written_under_the_same_episode() -> None:
    outside = Outside()
    (first,) = hear(outside, T0, sent(summary="90 % full")).alerts
    (second,) = hear(outside, T0 + MINUTE, sent(summary="95 % full")).alerts
    assert second.id == first.id
    assert second.annotations == {"summary": "95 % full"}
    assert second.updated_at > first.updated_at


def test_the_earliest_start_stays_and_a_stated_later_end_does_too() -> None:
    """Alertmanager's types.Alert.Merge."""
    outside = Outside()
    day = 24 * 60 * MINUTE
    (alert,) = hear(outside, T0, sent(T0 + day, starts=T0 - 10 * MINUTE)).alerts
    hear(outside, T0 + MINUTE, sent(starts=T0))
    assert outside.ends(alert.fingerprint) == T0 + day
    (changed,) = hear(outside, T0 + 2 * MINUTE, sent(starts=T0, summary="new")).alerts
    assert changed.starts_at == T0 - 10 * MINUTE
    # What was not stated does not stay.
    other = Outside()
    hear(other, T0, sent())
    hear(other, T0 + 1, sent(T0 + MINUTE))
    assert other.ends(alert.fingerprint) == T0 + MINUTE


def test_after_a_restart_an_alert_neither_vanishes_nor_stays_for_ever() -> None:
    before = Outside()
    (written,) = hear(before, T0, sent(T0 + 4 * MINUTE)).alerts
    for minute in range(1, 60):
        hear(before, T0 + minute * MINUTE, sent(T0 + (minute + 4) * MINUTE))
    # The topic has the first record only; its sender is still there, or is not.
    now = T0 + 60 * MINUTE
    for repeats, state in ((True, []), (False, ["resolved"])):
        after = Outside()
        after.restore([written], now, TIMEOUT)
        assert after.expire(now + MINUTE).alerts == []
        if repeats:
            assert hear(after, now + MINUTE, sent(now + 5 * MINUTE + 1)).alerts == []
        found = after.expire(now + TIMEOUT).alerts
        assert [one.state for one in found] == state


def test_a_long_promise_is_kept_over_a_restart() -> None:
    """Who said once that it fires for a day does not have to say it again."""
    outside = Outside()
    day = 24 * 60 * MINUTE
    hear(outside, T0, sent())
    (promised,) = hear(outside, T0 + MINUTE, sent(T0 + day)).alerts
    assert promised.expires_at == T0 + day
    after = Outside()
    after.restore([promised], T0 + day // 2, TIMEOUT)
    assert after.expire(T0 + day - 1).alerts == []
    assert len(after.expire(T0 + day).alerts) == 1


def test_a_sender_that_speaks_seldom_is_written_down_now_and_then() -> None:
    outside = Outside()
    written = 0
    for turn in range(60):
        now = T0 + turn * MINUTE
        news = hear(outside, now, sent(now + 20 * MINUTE))
        written += len(news.alerts)
        assert outside.expire(now).alerts == []
    # A promise of 20 minutes is written again when half of it is over.
    assert written == 6


@pytest.mark.parametrize(
    ("posted", "said"),
    [
        (Posted(labels={}), "at least one label pair required"),
        (Posted(labels={"a": ""}), "at least one label pair required"),
        (Posted(labels={"1a": "x"}), 'invalid label set: invalid name "1a"'),
        (Posted(labels={"é": "x"}), 'invalid label set: invalid name "é"'),
        (
            Posted(labels={"a": "b"}, annotations={"x-y": "z"}),
            'invalid annotation set: invalid name "x-y"',
        ),
        (sent(T0, starts=T0 + 1), "start time must be before end time"),
        (
            Posted(labels={"a": "b"}, annotations={"a": "x" * MOST_BYTES}),
            f"an alert may have at most {MOST_BYTES} bytes",
        ),
    ],
    ids=lambda it: it if isinstance(it, str) else "",
)
def test_a_wrong_alert_is_named_and_the_others_count(posted: Posted, said: str) -> None:
    """The first four sentences are Alertmanager 0.25's answers to the same requests."""
    news = hear(Outside(), T0, posted, sent())
    assert news.errors == [said]
    assert len(news.alerts) == 1


def test_no_stranger_s_alert_is_taken_for_one_of_a_rule() -> None:
    from streamgauge.alerting.fingerprint import fingerprint

    (alert,) = hear(Outside(), T0, sent()).alerts
    assert alert.fingerprint != fingerprint(alert.labels)
