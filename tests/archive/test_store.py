"""What is put into an archive is in it, whatever it is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from msgspec.structs import asdict
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

from streamgauge.archive.batch import MOST_MODELS
from streamgauge.archive.ledger import LostClaimError
from streamgauge.archive.manifest import unbalanced
from streamgauge.archive.read import Reader
from streamgauge.archive.store import Store
from streamgauge.contracts.codec import batch_decoder, encode
from streamgauge.contracts.prediction import Prediction

HOSTILE = (
    "../../x", "/etc/passwd", "a\0b", "%", "a=b", "model=m", ".", "..", "~none", "~other", " ",
    "é" * 128, "x" * 128, "😀" * 128, "new\nline", '"quoted"', "it's", "\x1b[31m", "day=*", "C:\\x",
)  # fmt: skip


def test_hostile_names_stay_within_the_folder_and_can_be_read_back(
    store: Store, reader: Callable[[], Reader], tmp_path: Path
) -> None:
    told = [measure(FRIDAY, 1, labels={"model": name, name: name}) for name in HOSTILE]
    put(store, told, "measures")
    assert sorted(map(encode, reader().measures())) == sorted(map(encode, told))
    assert {path.name for path in tmp_path.iterdir()} == {"archive"}
    folders = list((store.folder / "measures").glob("*/*"))
    assert len(folders) == len(HOSTILE)
    assert {path.parent.name for path in folders} == {"day=2026-11-20"}
    for name in HOSTILE:
        (row,) = reader().rows("measures", model=name)
        assert row["labels"] == {"model": name, name: name}


def test_names_of_strangers_come_as_the_contract_lets_them_in(
    store: Store, reader: Callable[[], Reader]
) -> None:
    told = [prediction(i, model=name, version=name) for i, name in enumerate(HOSTILE)]
    put(store, told)
    taken = batch_decoder(Prediction)(list(map(encode, told))).events
    assert len(taken) > 10
    assert [row["model"] for row in reader().rows("predictions")] == [one.model for one in taken]


values = st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20)
names = st.text(min_size=1, max_size=20)


@given(st.lists(st.tuples(names, st.dictionaries(names, values, max_size=5), values), max_size=20))
@hypothesis_settings(max_examples=25)
def test_every_name_number_text_and_absence_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory,
    told: list[tuple[str, dict[str, float | str | None], float | str | None]],
) -> None:
    folder = tmp_path_factory.mktemp("any")
    events = [
        prediction(i, model=model, features=features, prediction=answer)
        for i, (model, features, answer) in enumerate(told)
    ]
    store = Store(archive(folder))
    try:
        if events:
            put(store, events)
        found = Reader(store.folder).rows("predictions")
    finally:
        store.close()
    taken = batch_decoder(Prediction)(list(map(encode, events))).events
    assert [asdict(restored(row)) for row in found] == [asdict(one) for one in taken]


def restored(row: dict[str, Any]) -> Prediction:
    """The event that a row was."""
    fields = {name: row[name] for name in Prediction.__struct_fields__}
    fields["ts"] = FRIDAY + (row["offset"] * 1_000)
    fields["features"] = row["features"] | (row["features_text"] or {})
    if row["prediction_text"] is not None:
        fields["prediction"] = row["prediction_text"]
    return Prediction(**fields)


def test_every_field_of_every_event_has_a_column(
    store: Store, reader: Callable[[], Reader]
) -> None:
    full = prediction(
        1,
        task="classification",
        confidence=0.5,
        confidence_ml=0.25,
        confidence_rule=0.125,
        probabilities={"a": 0.5, "b": 0.5},
        latency_ms=1.5,
        api_latency_ms=2.5,
        queue_ms=0.5,
        batch_size=3,
        endpoint="/p",
        status="error",
        error="5xx",
        reason="r",
        cache_hit=False,
        fallback=True,
        fallback_reason="f",
        dimensions={"region": "eu"},
        user="u",
        session="s",
        experiment="e",
        arm="a",
        allocation=2**53 - 1,
        propensity=0.75,
        text_length=5,
        language="de",
        embedding=[0.5, -1.0],
    )
    put(store, [full])
    (row,) = reader().rows("predictions")
    assert restored({**row, "offset": 1}) == full
    put(store, [outcome(1, truth="cat", reward=1.0, receipt="k.x.y", revision=2)], "outcomes")
    (row,) = reader().rows("outcomes")
    assert (row["truth"], row["truth_text"], row["revision"]) == (None, "cat", 2)
    put(store, [feedback(1, rating=5, text="good", user="u", model="scan")], "feedback")
    (row,) = reader().rows("feedback")
    assert (row["rating"], row["text"], row["kind"]) == (5, "good", "suggestion")


def test_what_cannot_be_read_is_counted_and_stops_nothing(
    store: Store, reader: Callable[[], Reader]
) -> None:
    put(store, [prediction(0), b"", b"\xff\xfe", b"{}", b"[" * 5_000, prediction(5)])
    (tip,) = store.ledger.state().tips
    assert (tip.end, tip.records, tip.rejected) == (6, 6, 4)
    assert [row["offset"] for row in reader().rows("predictions")] == [0, 5]


def test_numbers_that_fit_no_column_are_found_among_good_ones(
    store: Store, reader: Callable[[], Reader]
) -> None:
    good = [measure(FRIDAY + i * 60_000, 1) for i in range(20)]
    bad = [
        measure(FRIDAY, 2**63 + 1),
        measure(FRIDAY, 1, as_of=2**62),
        measure(FRIDAY, 1, samples={"x": 2**63}),
    ]
    put(store, [*good[:7], *bad, *good[7:]], "measures")
    state = store.ledger.state()
    assert (state.tips[0].records, state.tips[0].rejected) == (23, 3)
    assert reader().measures() == good
    assert unbalanced(state) == []


def test_an_event_of_another_age_lies_at_the_day_of_its_arrival(
    store: Store, reader: Callable[[], Reader]
) -> None:
    events = [prediction(i, ts=FRIDAY - i * 400 * DAY_MS) for i in range(3)]
    store.append(CHAIN, 0, records([*events, prediction(3, ts=99_999_999_999_999)], 0, FRIDAY))
    assert {file.day for file in store.ledger.state().files} == {"2026-11-20"}
    assert [row["ts"].year for row in reader().rows("predictions")] == [2024, 2025, 2026, 5138]


def test_thousands_of_models_share_a_folder_and_keep_their_names(
    store: Store, reader: Callable[[], Reader]
) -> None:
    many = [prediction(i, model=f"m{i:04d}") for i in range(MOST_MODELS + 800)]
    put(store, [*many, *(prediction(i, model="m0001") for i in range(3))])
    assert len(store.ledger.state().files) == MOST_MODELS + 1
    assert len(reader().rows("predictions", model="m0001")) == 4
    assert len(reader().rows("predictions", model="m0999")) == 1


def test_the_second_writer_of_a_partition_loses_and_leaves_nothing(
    store: Store, tmp_path: Path
) -> None:
    zombie = Store(archive(tmp_path))
    try:
        put(store, [prediction(0), prediction(1)])
        before = set(store.folder.rglob("*.parquet"))
        with pytest.raises(LostClaimError, match="partition 0: another process archived offset 0"):
            zombie.append(CHAIN, 0, records([prediction(0)]))
        assert set(store.folder.rglob("*.parquet")) == before
        assert not list((store.folder / "drafts").glob("*.*"))
        assert zombie.append(CHAIN, 2, records([prediction(2)], 2)).end == 3
    finally:
        zombie.close()
