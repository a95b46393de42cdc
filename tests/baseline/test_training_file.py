"""Rows of a file become the reference of a version, on a real broker."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from tests.stream_processors import records

from streamgauge.contracts.reference import Category, Number, Reference
from streamgauge.settings import Client, Settings

from .conftest import Command


def rows(path: Path, count: int = 1_200, shift: float = 0.0) -> Path:
    rng = np.random.default_rng(7)
    amounts = (rng.normal(50.0, 10.0, count) + shift).round(3)
    lines = ["amount,country,secret,p,y,at"]
    for place, amount in enumerate(amounts):
        country = ("nl", "de", "fr", "")[place % 4]
        lines.append(f"{amount},{country},{place},{place % 10 / 10},{place % 2},2026-01-01")
    path.write_text("\n".join(lines) + "\n")
    return path


def arguments(path: Path, *more: str, model: str = "risk") -> tuple[str, ...]:
    named = ("--model", model, "--version", "1", "--label", "y", "--time", "at")
    return ("from-file", str(path), *named, *more)


def held(settings: Settings) -> list[Reference]:
    return records.of(settings, "references", Reference)


@pytest.mark.kafka
def test_a_file_is_frozen_listed_and_shown(
    deployment: Settings, tmp_path: Path, command: Command
) -> None:
    path = rows(tmp_path / "train.csv")
    done = command(*arguments(path, "--score", "p", "--json"), settings=deployment)
    assert done.returncode == 0, done.stderr
    told = msgspec.json.decode(done.stdout)
    (frozen,) = held(deployment)
    assert (told["hash"], told["rows"], frozen.rows) == (frozen.hash, 1_200, 1_200)
    assert list(frozen.schema) == ["amount", "country", "secret"]
    amount, country = frozen.schema["amount"], frozen.schema["country"]
    assert isinstance(amount, Number)
    assert isinstance(country, Category)
    assert (len(amount.cuts), country.values, country.nulls) == (15, ["de", "fr", "nl"], 0.25)
    assert frozen.features["country"].nulls == 300
    assert sum(frozen.features["amount"].cells.values()) == 1_200
    # Scores from 0.0 to 0.9, and a truth for each.
    assert sum(n for cell, n in frozen.cells["score_histogram"].items() if cell < 2_002) == 1_200
    assert frozen.effective == 0

    listed = command("list", settings=deployment)
    assert "risk@1" in listed.stdout
    assert frozen.hash[:12] in listed.stdout
    shown = command("show", "risk", "1", settings=deployment)
    assert "3 names: de, fr, nl, 25.00% null" in shown.stdout
    whole = command("show", "risk", "1", "--json", settings=deployment)
    assert msgspec.json.decode(whole.stdout, type=Reference) == frozen
    absent = command("show", "risk", "2", settings=deployment)
    assert absent.returncode == 2
    assert "risk@2 has no reference; there are: risk@1" in absent.stderr


@pytest.mark.kafka
def test_a_second_file_is_counted_on_the_grid_of_the_first(
    deployment: Settings, tmp_path: Path, command: Command
) -> None:
    for name, shift in (("one.csv", 0.0), ("two.csv", 500.0)):
        path = rows(tmp_path / name, shift=shift)
        assert command(*arguments(path), settings=deployment).returncode == 0
    first, second = held(deployment)
    assert first.grid == second.grid
    assert first.hash != second.hash
    assert second.features["amount"].cells == {511: 1_200}
    (line,) = command("list", "--json", settings=deployment).stdout.splitlines()
    assert msgspec.json.decode(line)["hash"] == second.hash


@pytest.mark.kafka
def test_what_may_not_leave_the_service_is_in_no_reference(
    deployment: Settings, tmp_path: Path, command: Command
) -> None:
    allowed = msgspec.structs.replace(deployment, client=Client(fields=("amount", "country")))
    path = rows(tmp_path / "train.csv")
    assert command(*arguments(path), settings=allowed).returncode == 0
    (frozen,) = held(deployment)
    assert frozen.schema.keys() == frozen.features.keys() == {"amount", "country"}


def test_a_look_before_needs_no_kafka_and_says_what_is_too_few(
    tmp_path: Path, command: Command
) -> None:
    path = rows(tmp_path / "train.csv", count=20)
    done = command(*arguments(path, "--prediction", "p", "--dry-run"))
    assert done.returncode == 0, done.stderr
    assert "risk@1: training reference of 20 rows" in done.stdout
    assert "nothing was published" in done.stdout
    assert "20 rows are too few to judge by" in done.stderr


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--prediction", "q"), "no column 'q' (--prediction); expected of amount"),
        (("--prediction", "p", "--score", "p"), "exclude each other"),
        (("--baseline", "0"), "--baseline: expected at least 1"),
        (("--features", "amount,colour"), "no column 'colour' (--features)"),
    ],
)
def test_bad_input_ends_with_status_2_and_says_what_is_wrong(
    tmp_path: Path, command: Command, more: tuple[str, ...], said: str
) -> None:
    done = command(*arguments(rows(tmp_path / "r.csv", count=3), *more))
    assert done.returncode == 2
    assert said in done.stderr
