"""What the ledger says to whoever takes over."""

from typing import Any

from streamgauge.alerting.delivery.book import Book
from streamgauge.contracts.notification import Notification, Phase

WEEK = 7 * 86_400_000
PLACE = ("g", "team/x")


def entry(phase: Phase, seq: int = 1, **changes: Any) -> Notification:
    fields: dict[str, Any] = {"epoch": 0, "group": "g", "receiver": "team/x", "episode": "e"}
    return Notification(id=f"g/{seq}", ts=seq, phase=phase, seq=seq, **(fields | changes))


def book(*entries: Notification) -> Book:
    read = Book()
    for offset, one in enumerate(entries):
        read.take(offset, one)
    return read


CLAIM = entry("claim", 0)


def test_an_intent_without_a_result_is_what_nobody_knows() -> None:
    page = book(CLAIM, entry("intent", firing=["a-1"])).pages[PLACE]
    assert (page.unknown, page.delivered, *page.firing) == (True, False, "a-1")


def test_what_was_delivered_is_known_with_its_thread() -> None:
    read = book(
        CLAIM,
        entry("intent", firing=["a-1"]),
        entry("delivered", thread={"ts": "1"}),
        entry("intent", 2, firing=["a-1", "b-1"], thread={"ts": "1"}),
    )
    page = read.pages[PLACE]
    assert (page.seq, page.unknown, page.thread) == (2, True, {"ts": "1"})


def test_a_thread_ends_with_its_episode() -> None:
    read = book(
        CLAIM,
        entry("intent", firing=["a-1"]),
        entry("delivered", thread={"ts": "1"}),
        entry("intent", 2, resolved=["a-1"]),
        entry("delivered", 2),
        entry("intent", 3, firing=["a-2"], episode="f"),
    )
    assert read.pages[PLACE].thread == {}


def test_after_a_failure_counts_what_was_delivered_before() -> None:
    read = book(
        CLAIM,
        entry("intent", firing=["a-1"]),
        entry("delivered"),
        entry("intent", 2, firing=["a-1", "b-1"]),
        entry("failed", 2),
    )
    page = read.pages[PLACE]
    assert (page.seq, page.unknown, page.delivered, *page.firing) == (2, False, False, "a-1")


def test_entries_of_a_former_owner_behind_a_claim_do_not_count() -> None:
    zombie = entry("intent", 2, firing=["b-1"], epoch=0)
    read = book(CLAIM, entry("intent", firing=["a-1"]), entry("claim", 0), zombie)
    assert (read.claim, read.pages[PLACE].seq) == (2, 1)


def test_all_that_ended_is_remembered_until_it_is_told_to_fire_again() -> None:
    entries = [
        CLAIM,
        entry("intent", 1, resolved=["a-1"]),
        entry("delivered", 1),
        entry("intent", 2, firing=["c-1"], resolved=["b-1"]),
        entry("delivered", 2),
    ]
    assert book(*entries).over(PLACE) == {"a-1", "b-1"}
    again = [entry("intent", 3, firing=["a-1", "c-1"]), entry("delivered", 3)]
    assert book(*entries, *again).over(PLACE) == {"b-1"}


def test_the_ledger_is_needed_from_the_last_page_of_what_still_fires() -> None:
    read = book(
        CLAIM,
        entry("intent", firing=["a-1"]),
        entry("delivered"),
        entry("intent", firing=["z-1"], group="h"),
        entry("delivered", group="h"),
        entry("intent", 2, resolved=["z-1"], group="h"),
        entry("delivered", 2, group="h"),
    )
    assert read.forget(6, 10) == 1
    assert read.pages.keys() == {PLACE}
    # An intent with an open end needs what was delivered before it, too.
    read.take(7, entry("intent", 2, firing=["a-1", "b-1"]))
    assert read.forget(8, 10) == 1
    read.take(8, entry("delivered", 2))
    assert read.forget(9, 10) == 7
    assert read.over(("h", "team/x")) == set()


def test_a_digests_time_is_kept_until_the_next_one() -> None:
    place = ('{}/digest="info":{}', "mail/email")
    read = Book()
    read.take(0, CLAIM)
    read.take(1, entry("intent", group=place[0], receiver=place[1]))
    read.take(2, entry("delivered", group=place[0], receiver=place[1]))
    assert read.forget(100, WEEK) == 1
    assert place in read.pages
    # One that is configured no more makes no start read all that came after it.
    assert read.forget(100, WEEK + 3_600_001) == 100
    assert read.pages == {}


def test_an_owner_that_is_still_to_come_is_none() -> None:
    forged = entry("intent", 7, group="x", epoch=2**62)
    read = book(CLAIM, forged, entry("intent", firing=["a-1"]), entry("delivered"))
    assert read.pages.keys() == {PLACE}
    assert read.pages[PLACE].delivered
