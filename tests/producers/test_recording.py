import json
from pathlib import Path

import duckdb
import pytest

from streamgauge.contracts.prediction import Prediction
from streamgauge.producers.dataset import dataset
from streamgauge.producers.recording import Case, Columns, Timing, cases, outcome, steps
from streamgauge.producers.table import Table
from streamgauge.settings import InputError

NOW = 1_790_000_000.0
ROWS = [
    {"t": "2020-01-01T00:00:00Z", "x": 1, "kind": "a", "p": 2.5, "y": 3},
    {"t": "2020-01-01T01:00:00Z", "x": 2, "kind": "b", "p": 3.5, "y": None},
    {"t": "2020-01-01T02:00:00Z", "x": 3, "kind": "a", "p": 4.5, "y": 5},
]


def write(folder: Path, suffix: str) -> Path:
    path = folder / f"r{suffix}"
    if suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
        return path
    plain = write(folder, ".jsonl")
    with duckdb.connect() as duck:
        duck.execute(f"COPY (SELECT * FROM read_json('{plain}')) TO '{path}'")
    return path


def columns(**changed: object) -> Columns:
    given = {"origin": "r.csv", "model": "m", "version": "1", "features": ["x", "kind"]}
    return Columns(**{**given, "time": "t", "label": "y", "prediction": "p", **changed})  # type: ignore[arg-type]  # the tests' own fields


def read(path: Path) -> list[Case]:
    table = Table(path)
    table.expect_times("t")
    try:
        return list(cases(table.rows(), columns()))
    finally:
        table.close()


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".jsonl", ".parquet"])
def test_all_formats_give_the_same_cases(tmp_path: Path, suffix: str) -> None:
    found = read(write(tmp_path, suffix))
    assert [case.event.features for case in found] == [
        {"x": 1.0, "kind": "a"},
        {"x": 2.0, "kind": "b"},
        {"x": 3.0, "kind": "a"},
    ]
    assert [case.event.prediction for case in found] == [2.5, 3.5, 4.5]
    assert [case.truth for case in found] == [3.0, None, 5.0]
    # 2020-01-01 is 18,262 days after 1970-01-01.
    assert [case.original for case in found] == [
        18_262 * 86_400 + hour * 3_600 for hour in (0, 1, 2)
    ]
    assert {case.event.task for case in found} == {"regression"}


def plan(**timing: float) -> list[tuple[float, str, float]]:
    given = {"start": NOW, "rate": 10.0, "first": 0.0, "last": 7_200.0, **timing}
    told = [
        Case(Prediction(id=str(n), ts=0, model="m", version="1"), 1.0, n * 3_600.0)
        for n in range(3)
    ]
    return [
        (at, what, case.event.ts / 1000 - NOW) for at, what, case in steps(told, Timing(**given))
    ]


def test_with_a_speed_the_first_row_is_now_and_distances_shrink() -> None:
    assert plan(speed=3_600, label_delay=1.5) == [
        (0, "predict", 0),
        (1, "predict", 1),
        (1.5, "label", 0),
        (2, "predict", 2),
        (2.5, "label", 1),
        (3.5, "label", 2),
    ]


def test_with_a_rate_the_last_label_is_now_and_distances_stay() -> None:
    assert plan(label_delay=3_600) == [
        (0, "predict", -10_800),
        (0.1, "label", -10_800),
        (0.1, "predict", -7_200),
        (0.2, "label", -7_200),
        (0.2, "predict", -3_600),
        (0.2, "label", -3_600),
    ]


def test_a_label_is_dated_after_its_prediction() -> None:
    case = Case(Prediction(id="p", ts=1_000_000_000_000, model="m", version="1"), 2.0, None)
    told = outcome(case, 1.5)
    assert (told.prediction_id, told.ts, told.truth) == ("p", 1_000_000_001_500, 2.0)


def test_ids_are_of_file_and_line_unless_a_column_has_them() -> None:
    rows = [(2, {**ROWS[0], "i": 17}), (3, {**ROWS[1], "i": 18})]
    made = [case.event.id for case in cases(rows, columns())]
    assert made == [case.event.id for case in cases(rows, columns(origin="/elsewhere/r.csv"))]
    assert len({*made}) == 2
    assert [case.event.id for case in cases(rows, columns(id="i"))] == ["17", "18"]


def test_a_baseline_predicts_the_label_of_so_many_rows_before() -> None:
    rows = [(n, {"y": float(n)}) for n in range(5)]
    made = list(cases(rows, columns(features=[], time=None, prediction=None, baseline=2)))
    assert [(case.event.prediction, case.truth) for case in made] == [(0, 2), (1, 3), (2, 4)]


def everything(path: Path) -> None:
    table = Table(path)
    table.require("--prediction", ["p"])
    table.expect_numbers(["p"])
    table.expect_times("t")
    list(cases(table.rows(), columns(origin=str(path), features=[], label=None)))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("r.csv", "t,p\n2020-01-01,1\n2020-01-02,x\n", "r.csv:3: column p: expected a number"),
        ("r.csv", "t,p\nlately,1\n", "r.csv:2: column t: expected a time, got 'lately'"),
        ("r.csv", "", "r.csv: empty file"),
        ("r.jsonl", '{"t": 1, "p": 1}\n{"t": 2,\n', "r.jsonl:2: expected a JSON object"),
        ("r.jsonl", '{"t": 1, "p": 1}\n{"t": 2, "p": "x"}\n', "r.jsonl:2: column p: expected a "),
        ("r.jsonl", '{"t": "lately", "p": 1}\n', "r.jsonl:1: t: expected a time, got 'lately'"),
        ("r.parquet", "no parquet at all", "r.parquet: "),
        ("r.doc", "x", "r.doc: expected a name that ends in .csv"),
        ("r.csv", "t,q\n2020-01-01,1\n", "r.csv:1: no column 'p' (--prediction); expected of t, q"),
    ],
)
def test_what_is_wrong_is_told_with_file_line_and_column(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError) as raised:
        everything(path)
    assert str(raised.value).removeprefix(f"{tmp_path}/").startswith(said)


def test_a_quoted_cell_with_line_ends_does_not_shift_the_lines(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text('a,b\n1,"x\ny"\n2,z\n')
    table = Table(path)
    assert [line for line, _ in table.rows()] == [2, 4]
    table.close()


def test_the_data_set_is_where_its_package_is() -> None:
    table = Table(dataset("water-flow").path())
    assert sum(1 for _ in table.rows()) == 1_268
    table.close()
    with pytest.raises(InputError, match="expected one of water-flow"):
        dataset("nope")
