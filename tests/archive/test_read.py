"""Questions to the archive: right while it is rewritten, and only about the archive."""

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from tests.archive.sample import DAY_MS, FRIDAY, archive, prediction, put

from streamgauge.archive.compact import compact
from streamgauge.archive.read import Reader
from streamgauge.archive.record import DaySummary
from streamgauge.archive.store import Store
from streamgauge.settings import InputError

MIDNIGHT = datetime(2026, 11, 20)  # noqa: DTZ001 - the archive's times are UTC without a zone
DAY = timedelta(days=1)


def test_an_empty_archive_has_tables_and_no_rows(reader: Callable[[], Reader]) -> None:
    for table in ("predictions", "outcomes", "measures", "all_aggregates", "summaries", "ticks"):
        assert reader().ask(f"SELECT count(*) FROM {table}")[1] == [(0,)]
    assert reader().measures() == []


def test_rows_are_chosen_by_model_and_time(store: Store, reader: Callable[[], Reader]) -> None:
    put(store, [prediction(i, model=f"m{i % 2}", ts=FRIDAY + i * DAY_MS) for i in range(4)])
    found = reader().rows("predictions", model="m0", since=MIDNIGHT + DAY, until=MIDNIGHT + 2 * DAY)
    assert found == []
    found = reader().rows("predictions", since=MIDNIGHT + 2 * DAY, until=MIDNIGHT + 3 * DAY)
    assert [(row["id"], row["ts"]) for row in found] == [("p2", MIDNIGHT + 2 * DAY)]


def test_answers_are_whole_while_files_are_replaced(
    store: Store, reader: Callable[[], Reader]
) -> None:
    done = threading.Event()
    counts: list[int] = []

    def ask() -> None:
        while not done.is_set():
            counts.append(reader().ask("SELECT count(*) FROM predictions")[1][0][0])

    put(store, [prediction(0)])
    thread = threading.Thread(target=ask)
    thread.start()
    try:
        for i in range(1, 25):
            put(store, [prediction(i)])
            compact(store, store.ledger.state(), FRIDAY / 1_000 + 2 * 86_400)
    finally:
        done.set()
        thread.join()
    assert len(counts) > 3
    assert counts == sorted(counts)
    assert reader().ask("SELECT count(*), count(DISTINCT id) FROM predictions")[1] == [(25, 25)]


def test_a_query_reaches_nothing_but_the_archive(
    reader: Callable[[], Reader], tmp_path: Path
) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    for query in (
        f"SELECT * FROM '{tmp_path}/secret.csv'",
        f"COPY (SELECT 1) TO '{tmp_path}/out.csv'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        f"COPY (SELECT 1) TO '{tmp_path}/archive/predictions/x.parquet'",
        "SELECT 1; DROP VIEW predictions",
        "SELECT nonsense",
    ):
        with pytest.raises(InputError, match="query: "):
            reader().ask(query)
    assert not (tmp_path / "out.csv").exists()


def test_weeks_and_months_are_sums_of_days(store: Store, reader: Callable[[], Reader]) -> None:
    def day(offset: int, count: int, **changes: str) -> DaySummary:
        start = FRIDAY + offset * DAY_MS
        return DaySummary(
            labels={"model": "scan", **changes},
            window="1d",
            start=start,
            end=start + DAY_MS,
            count=count,
            total=msgspec.json.encode(count),
        )

    put(store, [day(0, 1), day(2, 10), day(3, 100), day(11, 1_000)], "summaries")
    # The first day was published again, with more events; another series is apart.
    put(store, [day(0, 3), day(0, 7, version="2")], "summaries")

    def add(_source: str, totals: list[bytes]) -> dict[str, float]:
        return {"prediction_count": float(sum(map(msgspec.json.decode, totals)))}

    weeks = reader().periods("week", add, "scan")
    assert [(week.name, week.series, week.values["prediction_count"]) for week in weeks] == [
        ("2026-W47", '{"model":"scan","version":"2"}', 7),
        ("2026-W47", '{"model":"scan"}', 13),
        ("2026-W48", '{"model":"scan"}', 100),
        ("2026-W49", '{"model":"scan"}', 1_000),
    ]
    assert (weeks[1].days, weeks[1].of_days, weeks[1].first) == (2, 7, date(2026, 11, 16))
    months = reader().periods("month", add, None)
    assert [(month.name, month.count) for month in months] == [
        ("2026-11", 7),
        ("2026-11", 113),
        ("2026-12", 1_000),
    ]
    assert reader().periods("month", add, "other") == []


def test_work_that_exceeds_the_memory_goes_through_the_disk(tmp_path: Path) -> None:
    store = Store(archive(tmp_path, memory_mb=60))
    try:
        table = "(SELECT hash(range) AS a, range AS b, hash(range + 1) AS c FROM range(3_000_000))"
        rows = store.engine.write_query(
            f"SELECT * FROM {table} ORDER BY a", store.folder / "big.parquet"
        )
        assert rows == 3_000_000
    finally:
        store.close()
    assert not list((store.folder / "drafts").glob("spill-*"))
