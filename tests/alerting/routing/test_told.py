"""Alertmanager's truth table of who has to be told."""

import pytest

from streamgauge.alerting.routing.told import Told, needs

MINUTE = 60_000
NOW = 100 * MINUTE


def told(firing: str = "", resolved: str = "", ago: int = 0) -> Told:
    return Told(1, "e", NOW - ago * MINUTE, frozenset(firing), frozenset(resolved))


@pytest.mark.parametrize(
    ("entry", "firing", "resolved", "repeat", "send_resolved", "expected"),
    [
        # prometheus/alertmanager notify/notify_test.go, TestDedupStageNeedsUpdate, row by row.
        (None, "234", "", 0, False, True),
        (None, "", "234", 0, False, False),
        (told("123"), "234", "", 0, False, True),
        (Told(1, "e", -1, frozenset("123")), "123", "", 0, False, True),
        (told("123", ago=9), "123", "", 10, False, False),
        (told("123", ago=11), "123", "", 10, False, True),
        (told("", "123", ago=11), "", "345", 10, True, False),
        (told("12", "3", ago=9), "1", "23", 10, False, False),
        (told("12", "3", ago=9), "1", "23", 10, True, True),
        (told("12", "3", ago=9), "", "123", 10, False, True),
        (told("12", "3", ago=9), "", "123", 10, True, True),
    ],
)
def test_an_integration_is_told_as_alertmanager_would_tell_it(
    *,
    entry: Told | None,
    firing: str,
    resolved: str,
    repeat: int,
    send_resolved: bool,
    expected: bool,
) -> None:
    reason = needs(
        entry,
        set(firing),
        set(resolved),
        send_resolved=send_resolved,
        repeat=repeat * MINUTE,
        now=NOW,
    )
    assert (reason is not None) == expected
