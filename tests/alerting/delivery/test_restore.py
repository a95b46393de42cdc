from typing import NamedTuple, cast

import msgspec
import pytest
from confluent_kafka import Message
from tests.alerting import alert_text as text
from tests.alerting.notice_text import notice

from streamgauge.alerting.delivery.entry import intent, result
from streamgauge.alerting.delivery.inbox import Assigned
from streamgauge.alerting.delivery.receipt import Receipt
from streamgauge.alerting.delivery.restore import MOST_BYTES, Restore, read_alert
from streamgauge.alerting.routing.dispatcher import Dispatcher
from streamgauge.alerting.routing.plan import Aim, Plan
from streamgauge.alerting.routing.route import Route
from streamgauge.contracts.alert import Ack, Alert
from streamgauge.contracts.codec import encode
from streamgauge.contracts.dead_letter import Reject
from streamgauge.contracts.notification import Notification
from streamgauge.contracts.topics import TOPICS

PLAN = Plan(
    route=Route(receiver="team", group_by=("alertname",), group_wait=0),
    receivers={"team": (Aim("team/console", send_resolved=True),)},
)


def alert(name: str) -> Alert:
    return Alert(
        id="f-1-firing",
        fingerprint="f",
        episode=1,
        state="firing",
        rule="r",
        severity="info",
        labels={"alertname": name},
        annotations={},
        expr="",
        value=1.0,
        starts_at=1,
        updated_at=1,
    )


def restored(*entries: Notification) -> Restore:
    """What a new owner knows after these entries of the former one, whose claim was the first."""
    restore = Restore(Assigned(epoch=9, start=0, since=0, floor=0, first=False, ends={}))
    restore.take_entry(0, Notification(id="claim/1", ts=0, phase="claim"))
    for offset, entry in enumerate(entries, 1):
        restore.take_entry(offset, msgspec.structs.replace(entry, epoch=0))
    restore.take_entry(9, Notification(id="claim/2", ts=0, phase="claim"))
    return restore


def test_a_receipt_says_that_a_notice_without_a_result_was_told() -> None:
    told, other = notice(text.alert(1), group="g"), notice(text.alert(2), group="h")
    restore = restored(intent(told, {}, "n1"), intent(other, {}, "n2"))
    (entry,) = restore.confirm({"n1": Receipt("n1", "250 kept", {"message_id": "m"})})
    assert (entry.id, entry.phase, entry.detail) == (told.key, "delivered", "250 kept")
    pages = restore.book.pages
    assert (pages["g", told.aim].unknown, pages["h", other.aim].unknown) == (False, True)
    assert pages["g", told.aim].thread == {"message_id": "m"}


def test_a_receipt_of_what_the_ledger_has_changes_nothing() -> None:
    told = notice(text.alert(1))
    later = msgspec.structs.replace(told, seq=told.seq + 1)
    done = result(told, 1, "ok", {}, delivered=True)
    restore = restored(intent(told, {}, "n1"), done, intent(later, {}, "n2"))
    assert restore.confirm({"n1": Receipt("n1", "250 kept", {})}) == []
    assert restored(intent(told, {})).confirm({"": Receipt("", "250 kept", {})}) == []


class Record(NamedTuple):
    """A record of `acks` as the consumer hands it over."""

    held: bytes
    place: int

    def topic(self) -> str:
        return "acks"

    def key(self) -> bytes:
        return b"f-1"

    def value(self) -> bytes:
        return self.held

    def offset(self) -> int:
        return self.place


def test_of_an_episode_s_acknowledgements_the_last_counts_with_the_links_of_all() -> None:
    first = Ack(id="f-1", fingerprint="f", episode=1, owner="Ada", ends_at=9, links=[5])
    restore = restored()
    for offset, ack in enumerate((first, msgspec.structs.replace(first, owner="Eve", links=[]))):
        restore.take(cast("Message", Record(encode(ack), offset)))
    (found,) = restore.acks.values()
    assert (found.owner, found.links) == ("Eve", [5])


def test_a_digest_is_told_again_since_its_file_may_be_missing() -> None:
    told = msgspec.structs.replace(notice(text.alert(1)), reason="digest")
    assert restored(intent(told, {}, "n1")).confirm({"n1": Receipt("n1", "ok", {})}) == []


# One byte in JSON; Go quotes it in four, and JSON quotes the backslash of those.
@pytest.mark.parametrize("letter", ["x", "\x7f", "\\", '"'], ids=ascii)
def test_every_alert_that_is_read_has_room_in_the_ledger(letter: str) -> None:
    wide = (MOST_BYTES - len(encode(alert("")))) // (len(encode(letter)) - 2)
    assert isinstance(read_alert(encode(alert(letter * (wide + 1)))), Reject)
    found = read_alert(encode(alert(letter * wide)))
    assert isinstance(found, Alert)
    dispatcher = Dispatcher(PLAN)
    dispatcher.take(found, 1_000)
    (notice,) = dispatcher.advance(1_001)
    entry = encode(intent(notice, {}))
    key = f"{notice.group}/{notice.aim}".encode()
    assert len(entry) + len(key) < TOPICS["notifications"].max_message_bytes
