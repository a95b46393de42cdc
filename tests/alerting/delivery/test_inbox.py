"""Where a notifier begins to read."""

import time
from collections.abc import Callable
from typing import TypeVar

import pytest
from confluent_kafka import Message
from tests.alerting.alert_text import alert
from tests.alerting.process import publish

from streamgauge.alerting.delivery.inbox import ALERTS, Assigned, Event, Inbox
from streamgauge.alerting.delivery.restore import Restore
from streamgauge.alerting.routing.plan import Digest
from streamgauge.settings import Settings

pytestmark = pytest.mark.kafka
T = TypeVar("T")
DAY = 86_400_000


def begin(settings: Settings, reach: int) -> tuple[Inbox, Assigned, list[Event]]:
    """An inbox that has been given the topic, and what it has read of the alerts by then."""
    inbox = Inbox(settings.kafka, None, lambda _: 0, lambda _: None, lambda: reach)
    came: list[Event] = []
    assigned = until(inbox, came, lambda: [one for one in came if isinstance(one, Assigned)])
    return inbox, assigned[0], came


def until(inbox: Inbox, came: list[Event], found: Callable[[], list[T]]) -> list[T]:
    deadline = time.monotonic() + 60
    while not found():
        assert time.monotonic() < deadline
        came += inbox.poll(0.1)
    return found()


def test_digests_look_back_behind_the_committed_position(deployment: Settings) -> None:
    publish(deployment, [alert(n, labels={"n": str(n)}) for n in range(3)])
    inbox, first, _ = begin(deployment, DAY)
    assert (first.first, first.since, first.start) == (True, 3, 3)
    inbox.commit(2, 0, wait=True)
    inbox.close()
    inbox, second, came = begin(deployment, DAY)
    assert (second.first, second.since, second.start) == (False, 0, 2)
    restore = Restore(second, [Digest("d", "mail", (), minute=0)])

    def alerts() -> list[Message]:
        return [one for one in came if isinstance(one, Message) and one.topic() == ALERTS]

    until(inbox, came, lambda: alerts()[2:])
    for message in alerts():
        restore.take(message)
    inbox.close()
    assert [one.labels["n"] for one, _ in restore.earlier] == ["0", "1"]
    assert len(restore.replay) == 1
    inbox, third, _ = begin(deployment, 0)
    inbox.close()
    assert (third.since, third.start) == (2, 2)
