"""What becomes of files: one a day, cold ones apart, old ones gone, and no person left."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.archive.sample import (
    CHAIN,
    DAY_MS,
    FRIDAY,
    archive,
    feedback,
    measure,
    outcome,
    prediction,
    put,
    records,
)

from streamgauge.archive.compact import compact
from streamgauge.archive.erase import erase
from streamgauge.archive.expire import expire
from streamgauge.archive.keeping import keep_house
from streamgauge.archive.lease import Writer, is_alive, rewriting
from streamgauge.archive.ledger import LostClaimError
from streamgauge.archive.manifest import Account
from streamgauge.archive.read import Reader
from streamgauge.archive.rewrite import Change, commit
from streamgauge.archive.store import Store
from streamgauge.archive.sweep import missing, sweep
from streamgauge.contracts.receipt import Claims, Receipts
from streamgauge.settings import InputError, Keep, UnavailableError

FRIDAY_S = FRIDAY / 1_000
DAY_S = 86_400


def days(store: Store) -> list[str]:
    return sorted({file.day for file in store.ledger.state().files})


def test_a_finished_day_becomes_one_file_for_each_model(
    store: Store, reader: Callable[[], Reader]
) -> None:
    for first in range(0, 40, 4):
        put(store, [prediction(i, model=f"m{i % 2}") for i in range(first, first + 4)])
    before = reader().rows("predictions")
    now = FRIDAY_S + DAY_S
    assert len(compact(store, store.ledger.state(), now).files) == 20
    after = compact(store, store.ledger.state(), now + 2 * 3_600)
    assert sorted(file.rows for file in after.files) == [20, 20]
    assert reader().rows("predictions") == before
    put(store, [prediction(40)])
    assert reader().rows("predictions")[-1]["id"] == "p40"


def test_a_day_that_goes_on_is_joined_when_its_files_are_many_and_small(store: Store) -> None:
    for i in range(64):
        put(store, [prediction(i)])
    assert [file.rows for file in compact(store, store.ledger.state(), FRIDAY_S).files] == [64]


def test_only_the_newest_revision_survives_compaction_and_is_what_readers_see(
    store: Store, reader: Callable[[], Reader]
) -> None:
    closed = measure(FRIDAY, 3, final=True)
    labels = {"version": "1", "model": "scan"}
    put(store, [measure(FRIDAY, 1), measure(FRIDAY, 3), closed], "measures")
    # A second merge stage counts the same again, and says so later; its labels stand otherwise.
    put(store, [measure(FRIDAY, 2, labels=labels), measure(FRIDAY + 60_000, 1)], "measures")
    put(store, [measure(FRIDAY, 4, window="15m", end=FRIDAY + 900_000)], "measures")
    newest = reader().measures(model="scan")
    assert newest[0] == closed
    assert [one.revision for one in newest] == [3, 1, 4]
    assert len(reader().rows("measures", every_revision=True)) == 5
    state = compact(store, store.ledger.state(), FRIDAY_S + 2 * DAY_S)
    assert state.account("measures") == Account(added=5, superseded=3)
    assert reader().measures(model="scan") == newest
    put(store, [measure(FRIDAY, 9)], "measures")
    assert reader().rows("measures")[0]["revision"] == 3


def test_a_newer_generation_is_what_readers_see_although_it_counted_less(
    store: Store, reader: Callable[[], Reader]
) -> None:
    recount = measure(FRIDAY, 2, generation=3)
    put(store, [measure(FRIDAY, 7, final=True), recount, measure(FRIDAY, 9)], "measures")
    assert reader().measures() == [recount]
    compact(store, store.ledger.state(), FRIDAY_S + 2 * DAY_S)
    assert reader().measures() == [recount]


def test_days_expire_by_kind_and_their_folders_go(store: Store) -> None:
    put(store, [prediction(0), prediction(1, ts=FRIDAY + DAY_MS)])
    put(store, [measure(FRIDAY, 1), measure(FRIDAY, 1, end=FRIDAY + 900_000)], "measures")
    keep = Keep(predictions=180, measures=30, aggregates=365)
    expire(store, store.ledger.state(), keep, FRIDAY_S + 30 * DAY_S)
    assert len(store.ledger.state().files) == 4
    expire(store, store.ledger.state(), keep, FRIDAY_S + 31 * DAY_S)
    assert not (store.folder / "measures" / "day=2026-11-20").exists()
    assert (store.folder / "aggregates" / "day=2026-11-20").exists()
    expire(store, store.ledger.state(), keep, FRIDAY_S + 181 * DAY_S)
    assert days(store) == ["2026-11-20", "2026-11-21"]
    state = expire(store, store.ledger.state(), keep, FRIDAY_S + 366 * DAY_S)
    assert state.files == []
    assert state.account("predictions") == Account(added=2, expired=2)
    # What is gone does not come again: the position stays.
    assert state.tips[-1].end == 2


def test_cool_days_move_to_the_cold_folder_and_are_read_from_there(tmp_path: Path) -> None:
    store = Store(archive(tmp_path, cold=tmp_path / "cold"))
    try:
        put(store, [prediction(0), prediction(1, ts=FRIDAY + DAY_MS)])
        keep = Keep(hot=30, predictions=120)
        state = expire(store, store.ledger.state(), keep, FRIDAY_S + 31 * DAY_S)
        assert [file.cold for file in state.files] == [True, False]
        assert len(list((tmp_path / "cold").rglob("*.parquet"))) == 1
        assert len(list(store.folder.rglob("*.parquet"))) == 2
        assert len(sweep(store)) == 1
        assert len(Reader(store.folder, store.cold).rows("predictions")) == 2
        with pytest.raises(InputError, match=r"archive\.cold is not set"):
            Reader(store.folder).rows("predictions")
        state = expire(store, state, keep, FRIDAY_S + 121 * DAY_S)
        assert [file.day for file in state.files] == ["2026-11-21"]
        folders = (tmp_path / "cold" / "predictions").iterdir()
        assert [path.name for path in folders] == ["day=2026-11-21"]
    finally:
        store.close()


def test_an_erased_person_is_in_no_byte_of_the_archive(
    store: Store, reader: Callable[[], Reader]
) -> None:
    ada, bob = "ada-7f3a90c1", "bob-51c2"
    desk = Receipts({"k1": b"secret"})

    def receipt(unit: str) -> str:
        claims = Claims(id="x", ts=FRIDAY, model="scan", version="1", unit=unit)
        return desk.issue(claims)

    put(store, [prediction(0, user=ada, session="s0"), prediction(1, user=bob, session="s1")])
    put(store, [prediction(2, session="s0"), prediction(3, user=bob, session="s1")])
    put(store, [outcome(0), outcome(1), outcome(2), outcome(8, receipt=receipt(ada))], "outcomes")
    put(store, [outcome(9, receipt=receipt(bob)), outcome(10, receipt="no.b*se64.x")], "outcomes")
    put(store, [feedback(0, user=ada), feedback(1, user=bob)], "feedback")
    put(store, [feedback(5, session="s0"), feedback(6, prediction_id="p0")], "feedback")
    compact(store, store.ledger.state(), FRIDAY_S + 2 * DAY_S)
    done = erase(store, ada, FRIDAY_S)
    assert done.rows == {"predictions": 2, "outcomes": 3, "feedback": 3}
    assert [row["id"] for row in reader().rows("predictions")] == ["p1", "p3"]
    assert [row["id"] for row in reader().rows("outcomes")] == ["o1", "o9", "o10"]
    assert [row["id"] for row in reader().rows("feedback")] == ["f1"]
    assert erase(store, ada, FRIDAY_S).rows == {}
    lines = [json.loads(line) for line in (store.folder / "audit.jsonl").read_text().splitlines()]
    assert [line["action"] for line in lines] == ["erase-begin", "erase"] * 2
    for path in store.folder.rglob("*"):
        if path.is_file():
            assert ada.encode() not in path.read_bytes()
    assert store.ledger.state().account("predictions").erased == 2


def test_a_user_who_writes_sql_erases_nobody(store: Store, reader: Callable[[], Reader]) -> None:
    put(store, [prediction(0, user="ada"), prediction(1)])
    assert erase(store, "x' OR '1'='1", FRIDAY_S).rows == {}
    assert len(reader().rows("predictions")) == 2


def test_a_sweep_deletes_what_the_dead_left_and_nothing_of_the_living(
    store: Store, tmp_path: Path
) -> None:
    put(store, [prediction(0)])
    living, dead = Writer(store.folder), Writer(store.folder)
    stray = [store.folder / "predictions" / f"{one.name()}.parquet" for one in (living, dead)]
    draft = store.folder / "drafts" / f"{dead.name()}.ndjson"
    spilt = store.folder / "drafts" / f"spill-{dead.token}" / "duckdb_temp_storage-0.tmp"
    spilt.parent.mkdir()
    for path in (*stray, draft, spilt):
        path.write_bytes(b"x")
    # As by kill -9: the kernel lets go, and the name stays.
    os.close(dead._lock)
    assert sorted(sweep(store)) == sorted([stray[1], draft, spilt])
    assert not spilt.parent.exists()
    assert is_alive(store.folder, living.token)
    living.close()
    assert sweep(store) == [stray[0]]
    assert missing(store, store.ledger.state().files) == []


def test_a_listed_file_that_is_gone_or_cut_is_named(store: Store) -> None:
    put(store, [prediction(0), prediction(1, model="other")])
    one, two = store.ledger.state().files
    store.path(one).unlink()
    store.path(two).write_bytes(b"PAR1")
    assert missing(store, store.ledger.state().files) == [one, two]


def test_only_one_rewrites(store: Store) -> None:
    with rewriting(store.folder) as ours, rewriting(store.folder) as also:
        assert (ours, also) == (True, False)
        with pytest.raises(UnavailableError, match="rewriting"), rewriting(store.folder, 0.05):
            pass
    state = store.ledger.state()
    commit(store, state, Change(why="first"), 0)
    with pytest.raises(UnavailableError, match="another process rewrote"):
        commit(store, state, Change(why="second"), 0)


def test_a_zombie_whose_place_was_cleared_away_never_counts(store: Store, tmp_path: Path) -> None:
    zombie = Store(archive(tmp_path))
    put(store, [prediction(0), prediction(1)])
    put(store, [prediction(2)])
    commit(store, store.ledger.state(), Change(why="manifests"), 0)
    assert store.ledger.pending() == 0
    before = store.ledger.state()
    try:
        with pytest.raises(LostClaimError) as lost:
            zombie.append(CHAIN, 0, records([prediction(i) for i in range(9)]))
        assert not lost.value.never
    finally:
        zombie.close()
    assert store.ledger.state() == before
    # Its files are of a process that ended, and are on no manifest that counts.
    assert len(sweep(store)) == 1
    put(store, [prediction(3)])
    assert store.ledger.state().tips[0].end == 4


def test_chores_are_done_together_and_hold_many_manifests_in_one_generation(
    tmp_path: Path, store: Store
) -> None:
    options = archive(tmp_path, keep=Keep(predictions=10))
    for i in range(5):
        put(store, [prediction(i, ts=FRIDAY - 20 * DAY_MS + i), prediction(i)])
    state = keep_house(options, FRIDAY_S + 2 * DAY_S)
    assert state is not None
    assert state.account("predictions") == Account(added=10, expired=5)
    assert keep_house(options, FRIDAY_S + 2 * DAY_S) == state
