"""Who was erased stays away, whatever Kafka still holds of them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.archive.sample import (
    DAY_MS,
    FRIDAY,
    archive,
    feedback,
    outcome,
    prediction,
    put,
)

from streamgauge.archive.erase import Watch, erase
from streamgauge.archive.erased import KEPT_DAYS, Erased, digest
from streamgauge.archive.keeping import keep_house
from streamgauge.archive.manifest import LedgerError, Tip, unbalanced
from streamgauge.archive.read import Reader
from streamgauge.archive.store import Store
from streamgauge.contracts.receipt import Claims, Receipts

ADA, BOB = "ada-7f3a90c1", "bob-51c2"
NOW = FRIDAY / 1_000 + 3_600
DAY_S = 86_400


def receipt(unit: str, ts: int = FRIDAY) -> str:
    claims = Claims(id="x", ts=ts, model="scan", version="1", unit=unit)
    return Receipts({"k1": b"secret"}).issue(claims)


def tips(store: Store) -> dict[str, Tip]:
    return {tip.chain.topic: tip for tip in store.ledger.state().tips}


def ids(reader: Callable[[], Reader], kind: str) -> list[str]:
    return sorted(row["id"] for row in reader().rows(kind))


def nowhere(store: Store, name: str) -> bool:
    files = [path for path in store.folder.rglob("*") if path.is_file()]
    return not any(name.encode() in path.read_bytes() for path in files)


def test_what_kafka_still_holds_of_somebody_does_not_bring_them_back(
    store: Store, reader: Callable[[], Reader]
) -> None:
    put(store, [prediction(0, user=ADA, session="s0"), prediction(1, user=BOB, session="s1")])
    assert erase(store, ADA, NOW).rows == {"predictions": 1}
    # Older than the erasure, and archived later.
    late = [
        prediction(2, user=ADA, session="s2"),
        prediction(3, session="s2"),
        prediction(4, session="s0"),
        prediction(5, user=BOB, session="s0"),
        prediction(6, session="s1"),
    ]
    put(store, late)
    put(store, [*map(outcome, range(7)), outcome(7, receipt=receipt(ADA))], "outcomes")
    put(store, [outcome(8, receipt=receipt(BOB)), outcome(9, receipt="no.b*se64.x")], "outcomes")
    said = [
        feedback(0, user=ADA, session="s9"),
        feedback(1, session="s9"),
        feedback(2, session="s2"),
        feedback(3, prediction_id="p3"),
        feedback(4, receipt=receipt(ADA)),
        feedback(5, user=BOB, session="s2"),
        feedback(6),
    ]
    put(store, said, "feedback")
    assert ids(reader, "predictions") == ["p1", "p5", "p6"]
    assert ids(reader, "outcomes") == ["o1", "o5", "o6", "o8", "o9"]
    assert ids(reader, "feedback") == ["f5", "f6"]
    erased = {topic: tip.erased for topic, tip in tips(store).items()}
    assert erased == {"predictions": 3, "outcomes": 5, "feedback": 5}
    assert unbalanced(store.ledger.state()) == []
    assert nowhere(store, ADA)


def test_an_outcome_that_was_archived_before_its_prediction_goes_with_the_next_chores(
    tmp_path: Path, store: Store, reader: Callable[[], Reader]
) -> None:
    erase(store, ADA, NOW)
    put(store, [outcome(0), outcome(1)], "outcomes")
    put(store, [prediction(0, user=ADA), prediction(1)])
    assert ids(reader, "outcomes") == ["o0", "o1"]
    keep_house(archive(tmp_path), NOW)
    assert ids(reader, "outcomes") == ["o1"]
    lines = [json.loads(line) for line in (store.folder / "audit.jsonl").read_text().splitlines()]
    assert [line["action"] for line in lines] == ["erase-begin", "erase", "erase-again"]
    assert lines[-1]["rows"] == {"outcomes": 1}


def test_a_batch_that_was_under_way_goes_with_the_next_look_which_reads_no_file_twice(
    store: Store, reader: Callable[[], Reader]
) -> None:
    put(store, [prediction(0, user=BOB)])
    watch = Watch()
    store.erased.add(digest("somebody"), FRIDAY)
    assert watch.look(store, NOW) == {}
    # Sorted before the list was written, published after.
    put(store, [prediction(1, user=ADA), prediction(2)])
    store.erased.add(digest(ADA), FRIDAY + DAY_MS)
    assert watch.look(store, NOW) == {"predictions": 1}
    assert ids(reader, "predictions") == ["p0", "p2"]
    for file in store.ledger.state().files:
        store.path(file).write_bytes(b"nobody reads this")
    assert watch.look(store, NOW) == {}


def test_another_archiver_knows_from_its_next_batch_on(
    tmp_path: Path, store: Store, reader: Callable[[], Reader]
) -> None:
    other = Store(archive(tmp_path))
    try:
        put(other, [prediction(0)], partition=1)
        erase(store, ADA, NOW)
        put(other, [prediction(1, user=ADA, session="s"), prediction(2)], partition=1)
        put(store, [prediction(3, session="s"), prediction(4)])
    finally:
        other.close()
    assert ids(reader, "predictions") == ["p0", "p2", "p4"]


def test_who_comes_back_after_a_week_is_archived_again_but_not_what_they_did_before(
    store: Store, reader: Callable[[], Reader]
) -> None:
    put(store, [prediction(0, user=ADA, session="s0")])
    erase(store, ADA, NOW)
    back = FRIDAY + 8 * DAY_MS
    put(store, [prediction(1, user=ADA, session="s1", ts=back), prediction(2, session="s1")])
    late = [outcome(0, ts=back), outcome(1, ts=back), outcome(3, receipt=receipt(ADA), ts=back)]
    put(store, [*late, outcome(4, receipt=receipt(ADA, back), ts=back)], "outcomes")
    put(store, [prediction(5, user=ADA, ts=FRIDAY + 6 * DAY_MS)])
    assert ids(reader, "predictions") == ["p1", "p2"]
    assert ids(reader, "outcomes") == ["o1", "o4"]
    # The chores go by the same rule.
    assert Watch().look(store, NOW + 9 * DAY_S) == {}
    assert ids(reader, "predictions") == ["p1", "p2"]


def test_the_list_survives_a_restart_and_ends_after_its_time(store: Store) -> None:
    put(store, [prediction(number, user=ADA, session=f"s{number}") for number in range(2_500)])
    erase(store, ADA, NOW)
    again = Erased(store.folder)
    again.refresh()
    assert again.people == {digest(ADA): int(NOW * 1_000)}
    assert (len(again.sessions), len(again.predictions)) == (2_500, 2_500)
    again.forget(NOW + KEPT_DAYS * DAY_S)
    assert list((store.folder / "erased").iterdir())
    again.forget(NOW + (KEPT_DAYS + 1) * DAY_S)
    assert not list((store.folder / "erased").iterdir())


def test_a_list_that_cannot_be_read_stops_the_archive_and_a_line_that_is_being_written_does_not(
    store: Store,
) -> None:
    erase(store, ADA, NOW)
    (place,) = (store.folder / "erased").iterdir()
    whole = place.read_bytes()
    place.write_bytes(whole + whole[:20])
    put(store, [prediction(0)])
    place.write_bytes(whole + whole[:20] + b"\n")
    with pytest.raises(LedgerError, match="not readable"):
        put(store, [prediction(1)])
