import json
from pathlib import Path

import pytest

from streamgauge.models.generate import generate
from streamgauge.settings import InputError


def test_generate_writes_one_scan_a_line_and_prints_statistics(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "deep" / "history.jsonl"

    generate(records=150, seed=3, out=out)

    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert len(lines) == 150
    assert all(isinstance(value, str | int | float | None) for value in lines[0].values())
    said = capsys.readouterr().out
    assert "scans      150" in said
    assert "found nothing" in said
    assert "r result_count" in said
    assert [p.name for p in out.parent.iterdir()] == ["history.jsonl"]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"records": 149}, "--records 149: expected at least 150"),
        ({"drift": float("nan")}, "--drift nan"),
        ({"seed": -1}, "--seed -1"),
    ],
)
def test_generate_names_what_is_wrong(wrong: dict[str, int], named: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=named):
        generate(out=tmp_path / "h.jsonl", **wrong)

    assert not list(tmp_path.iterdir())


def test_generate_names_a_place_it_cannot_write_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(InputError, match=r"h\.jsonl: "):
        generate(out=tmp_path / "file" / "h.jsonl")
