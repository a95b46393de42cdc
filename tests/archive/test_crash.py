"""Killed by SIGKILL at every point, the archive is exact: nothing is lost and nothing is double."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.archive.victim import EVENTS, KEEP

from streamgauge.archive.ledger import Ledger
from streamgauge.archive.manifest import unbalanced
from streamgauge.archive.read import Reader

ROOT = Path(__file__).parents[2]
ALL = set(range(EVENTS))
# Of two days, the second one; so much is left when the first has expired.
LATER = {number for number in ALL if number % 4 >= 2}
ADAS = {number for number in ALL if number % 3 == 0}


def run(folder: Path, work: str, crash_at: str = "") -> int:
    environ = {name: value for name, value in os.environ.items() if "STREAMGAUGE" not in name}
    if crash_at:
        environ["STREAMGAUGE_CRASH_AT"] = crash_at
    done = subprocess.run(
        [sys.executable, "-m", "tests.archive.victim", folder, work],
        cwd=ROOT,
        env=environ,
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    return done.returncode


def check(folder: Path, expected: set[int], outcomes: set[int] = ALL) -> None:
    """Exactly these rows count, all files that are there are listed, and the books balance."""
    # The next start clears away what was replaced.
    assert run(folder, "write") == 0
    root, cold = folder / "archive", folder / "cold"
    reader = Reader(root, cold)
    found = [int(row["id"][1:]) for row in reader.rows("predictions")]
    assert sorted(found) == sorted(expected)
    assert sorted(int(row["id"][1:]) for row in reader.rows("outcomes")) == sorted(outcomes)
    state = Ledger(root).state()
    assert unbalanced(state) == []
    listed = {(cold if file.cold else root) / file.path for file in state.files}
    assert {path for base in (root, cold) for path in base.rglob("*.parquet")} == listed
    assert [path for path in (root / "drafts").iterdir() if path.is_file()] == []


@pytest.mark.parametrize("count", [1, 6])
@pytest.mark.parametrize(
    "point",
    ["file-written", "file-settled", "file-of-batch", "claim-drafted", "manifest-published"],
)
def test_a_kill_while_writing_costs_nothing(tmp_path: Path, point: str, count: int) -> None:
    assert run(tmp_path, "write", f"{point}:{count}") == -signal.SIGKILL
    # What counts is right already; the next start clears away what does not.
    rows = Reader(tmp_path / "archive").rows("predictions")
    assert sorted(row["offset"] for row in rows) == list(range(len(rows)))
    assert run(tmp_path, "write") == 0
    check(tmp_path, ALL)


REWRITES = ["file-written", "file-settled", "rewrite-drafted", "claim-drafted"]
DELETES = ["generation-published", "file-deleted", "file-deleted:3"]


@pytest.mark.parametrize("point", [*REWRITES, "generation-published"])
def test_a_kill_while_compacting_costs_nothing(tmp_path: Path, point: str) -> None:
    assert run(tmp_path, "write") == 0
    assert run(tmp_path, "compact", point) == -signal.SIGKILL
    assert {row["offset"] for row in Reader(tmp_path / "archive").rows("predictions")} == ALL
    assert run(tmp_path, "compact") == 0
    check(tmp_path, ALL)
    assert len(Ledger(tmp_path / "archive").state().files) == 5


@pytest.mark.parametrize("point", [*REWRITES, *DELETES, "erasure-planned"])
def test_a_kill_while_erasing_is_completed_by_erasing_again(tmp_path: Path, point: str) -> None:
    assert run(tmp_path, "write") == 0
    assert run(tmp_path, "erase", point) == -signal.SIGKILL
    assert run(tmp_path, "erase") == 0
    if "generation" in point or "deleted" in point:
        # The first one had erased the predictions: of the second, the outcomes were gone as well.
        assert "erase-begin" in (tmp_path / "archive" / "audit.jsonl").read_text()
    check(tmp_path, ALL - ADAS, ALL - ADAS)


@pytest.mark.parametrize("point", [*REWRITES, *DELETES, "file-copied", "file-copied:2"])
def test_a_kill_while_days_expire_and_cool_costs_nothing(tmp_path: Path, point: str) -> None:
    assert KEEP.hot < KEEP.predictions
    assert run(tmp_path, "write") == 0
    assert run(tmp_path, "expire", point) == -signal.SIGKILL
    assert run(tmp_path, "expire") == 0
    check(tmp_path, LATER)
