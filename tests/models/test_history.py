import re
from pathlib import Path

import pytest

from streamgauge.models.feature import Feature
from streamgauge.models.history import read
from streamgauge.settings import InputError

COLUMNS = [Feature(name="a", kind="number"), Feature(name="p", kind="category")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"a": 1, "p": "x", "y": 2', ":2:26: not JSON"),
        (b'{"a": 1, "p": "x", "y": \xff}', ":2:25: not UTF-8"),
        (b"[1]", ":2:1: expected a JSON object"),
        (b'{"p": "x", "y": 2}', ":2: a: missing"),
        (b'{"a": true, "p": "x", "y": 2}', ":2: a: expected a finite number, got a boolean"),
        (b'{"a": "1", "p": "x", "y": 2}', ":2: a: expected a finite number, got text"),
        (b'{"a": 1, "p": 5, "y": 2}', ":2: p: expected text, got a number"),
        (b'{"a": NaN, "p": "x", "y": 2}', ":2: NaN: expected a finite number"),
        (b'{"a": 1, "p": "x"}', ":2: y: expected a finite number of at least 0"),
        (b'{"a": 1, "p": "x", "y": -1}', ":2: y: expected a finite number of at least 0"),
        (b'{"a": 1, "p": "x", "y": 1e999}', ":2: y: expected a finite number"),
        (b"[" * 100_000, ":2: "),
    ],
)
def test_a_bad_line_is_named_by_file_line_and_column(
    line: bytes, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "h.jsonl"
    path.write_bytes(b'{"a": 1, "p": "x", "y": 2}\n' + line + b"\n")

    with pytest.raises(InputError, match=re.escape(f"{path}{said}")):
        read(path, COLUMNS, ["y"])


def test_a_missing_file_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file; run: streamgauge generate --out"):
        read(tmp_path / "none.jsonl", COLUMNS, ["y"])


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "h.jsonl").write_text("\n\n")

    with pytest.raises(InputError, match=r"empty; expected one JSON object a line"):
        read(tmp_path / "h.jsonl", COLUMNS, ["y"])


def test_columns_that_no_model_looks_at_are_welcome(tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    path.write_text('{"a": 1, "p": "x", "y": 2, "note": null}\n\n')

    assert read(path, COLUMNS, ["y"]).rows == [{"a": 1, "p": "x", "y": 2, "note": None}]
